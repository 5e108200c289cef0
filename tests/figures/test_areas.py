"""What a sheet of features says of areas has room below a picture."""

import pytest

from preimage.figures import areas, sheet


@pytest.mark.parametrize("side", [200, 400])
def test_no_line_about_an_area_is_shortened(side):
    row = dict.fromkeys(("centroid_row", "centroid_column", "radius_50", "radius_90"), 299.4)
    row |= {"size": 299, "distance": 299.45, "share_inside": 1.0}
    row |= {"field_rows": 1187.0, "field_columns": 1187.0, "effective_radius": 299.4}
    font = sheet._font(sheet._Measures(side).small)
    said = areas._said(row)
    assert said == [sheet._shorten(line, font, side) for line in said]
