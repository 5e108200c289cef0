"""Let Snakemake say as JSON lines which jobs it plans or starts, whatever their messages are.

Used as ``snakemake --logger jobs``, in the place of its own words on the screen.
"""

import json
import logging
import sys

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent


class LogHandler(LogHandlerBase):
    writes_to_stream = True
    writes_to_file = False
    has_filter = True
    has_formatter = True
    needs_rulegraph = False

    def emit(self, record: logging.LogRecord) -> None:
        if getattr(record, "event", None) == LogEvent.JOB_INFO:
            job = {"rule": record.rule_name, "wildcards": dict(record.wildcards)}
            job |= {"reason": str(record.reason), "priority": record.priority}
            print(json.dumps(job), flush=True)
        elif record.levelno >= logging.ERROR:
            print(record.getMessage(), file=sys.stderr, flush=True)
