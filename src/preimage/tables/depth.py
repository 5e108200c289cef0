"""Tables of what single layers hold of a photo: reconstructions, and their distances by depth.

Distances are Euclidean, over all elements, as on the page "Representation": O is a layer, a the
photo, a' the photo with a little noise, a_g the reconstruction. No torch.
"""

from preimage.tables.columns import (
    CODE,
    INT,
    ITEM,
    NETWORK,
    REAL,
    SEED,
    SET,
    STATUS,
    TEXT,
    Column,
    Table,
    interval,
    optional,
)

_PHOTO = Column("photo", TEXT, "name of the photo")
_LAYER = Column("layer", TEXT, "layer that is matched")
_DEPTH = Column("depth", INT, "place of the layer among those of its run, from 0")

RECONSTRUCTIONS = Table(
    "reconstructions",
    "one photo reconstructed from one layer",
    (
        *(CODE, SET, NETWORK, _LAYER, _DEPTH, ITEM, _PHOTO, SEED),
        Column("recipe", TEXT, "name of the recipe"),
        Column("size", INT, "side of the picture", "px"),
        Column("iterations", INT, "steps of all octaves"),
        Column("activations", INT, "elements of the layer"),
        Column("loss_factor", REAL, "what the distance is multiplied with in the loss"),
        *optional(
            Column("step_start", REAL, "what the first gradient was multiplied with"),
            Column("step_end", REAL, "what the last gradient was multiplied with"),
            Column("m_r_25", REAL, "median |O(a) - O(a')|, noise of standard deviation 1/25"),
            Column("m_r_18", REAL, "median |O(a) - O(a')|, noise of standard deviation 1/18"),
            Column("m_r_25_again", REAL, "|O(a) - O(a')| of one more a', deviation 1/25"),
            Column("shift_25", REAL, "median |a - a'|, noise of standard deviation 1/25"),
            Column("shift_18", REAL, "median |a - a'|, noise of standard deviation 1/18"),
            Column("m_g_start", REAL, "|O(a) - O(start)|"),
            Column("m_g", REAL, "|O(a) - O(a_g)|"),
            Column("m_i_start", REAL, "|a - start|"),
            Column("m_i", REAL, "|a - a_g|"),
            Column("psnr", REAL, "peak signal-to-noise ratio of a_g, clipped to 0 .. 1", "dB"),
            Column("ssim", REAL, "structural similarity of a_g, clipped to 0 .. 1"),
            Column("ssim_pooled", REAL, "that of a averaged over squares of 4 pixels"),
            Column("ssim_others", REAL, "mean that of a and a_g of other photos, same layer"),
            Column("beaten", REAL, "share of other photos that correlate less with a_g", "0 .. 1"),
            Column("resolution", REAL, "ring at which a_g ends to agree with a", "cycles/picture"),
            Column("edges", REAL, "mean length of the gradient of a_g's pixels over that of a's"),
            Column("band", REAL, "correlation of a and a_g in 8 to 32 cycles a picture"),
            Column("nearer_noise", REAL, "distance of a_g's spectrum to a's less to white noise's"),
            Column("blur_photo", REAL, "|O(a) - O(blurred a)| over |O(a) - O(a')|"),
            Column("blur_noise", REAL, "the same with white noise in place of the photo"),
            Column("gradient_mean", REAL, "mean of the input gradient of the first step's loss"),
            Column("gradient_std", REAL, "standard deviation of that gradient"),
        ),
        STATUS,
    ),
)

RECOGNISED = Table(
    "recognised",
    "what one judge sees of a photo in one reconstruction",
    (
        *(CODE, SET, NETWORK, _LAYER, ITEM, _PHOTO, SEED),
        Column("judge", TEXT, "network that looks at the pictures"),
        *optional(
            Column("beaten", REAL, "share of other photos with features less like a_g's", "0 .. 1"),
            Column("in_five", REAL, "1 where the first class of a is among the first five of a_g"),
            Column("in_five_others", REAL, "share of other photos whose first class is", "0 .. 1"),
            Column("other_half", TEXT, "the other half of the photo that the photo is a half of"),
            Column("own_half", REAL, "1 where the features of a_g are more like a's than like its"),
        ),
        STATUS,
    ),
)

NETWORK_FACTS = Table(
    "network_facts",
    "one fact of one network, which needs no descent",
    (
        NETWORK,
        *optional(Column("layer", TEXT, "layer that it is of, if it is of one")),
        Column(
            "statistic",
            TEXT,
            "black, white (what goes into the first weights where an image is that, by channel) | "
            "colour (which one that channel is of: 0 red, 1 green, 2 blue) | elements (of the "
            "layer, over those of the image) | lost (dimensions of a small image that the layer "
            "does not tell apart) | condition (least singular value above 0, of the Jacobian at a "
            "tiny photo, over the largest) | at rest (share of BatchNorms with gain 1 and offset "
            "0) | coherence (of a kernel of the first convolution) | learnt, fresh "
            "(share of images of noise that it labels right)",
        ),
        *optional(
            Column(
                "number", INT, "of channel, kernel or photo, from 0; or how many the share is of"
            ),
            Column("value", REAL, "the statistic"),
        ),
    ),
)

LEARNT_LABELS = Table(
    "learnt_labels",
    "one small network that learns the labels of pictures of the demo world by heart",
    (
        Column("labels", TEXT, "true | shuffled (among pictures) | renamed (class by class)"),
        Column("seed", INT, "seed of pictures, labels, first weights and the order of pictures"),
        *optional(Column("steps", REAL, "steps until nine tenths of them are labelled right")),
    ),
)

DEPTH = Table(
    "depth",
    "one layer of one network in one set: geometric means over photos, 95 % intervals of Student's",
    (
        *(CODE, SET, NETWORK, _LAYER, _DEPTH),
        Column("photos", INT, "photos with a descent that did not fail, which are counted"),
        Column("degenerate", INT, "descents left out: those that failed"),
        *interval("m_r_25", "|O(a) - O(a')|, noise of standard deviation 1/25"),
        *interval("m_r_18", "|O(a) - O(a')|, noise of standard deviation 1/18"),
        *interval("m_g", "|O(a) - O(a_g)|"),
        *interval("m_i", "|a - a_g|"),
        *interval("g_over_r_25", "m_g over m_r_25: below 1, the photo's neighbours are further"),
        *interval("g_over_r_18", "m_g over m_r_18"),
        *interval("psnr", "mean peak signal-to-noise ratio", "dB"),
        *interval("ssim", "mean structural similarity"),
        *interval("gradient_std", "standard deviation of the distance's gradient at the start"),
        *interval("gradient_mean", "mean of that gradient", "of its standard deviation"),
    ),
)
