"""Reports: everything that follows from a document, as one self-contained page and as files."""

from chalkgrad.reports.write import ReportFiles, write_report

__all__ = ["ReportFiles", "write_report"]
