"""Worksheets: individual homework for each student of a class, with an empty template and the solution apart."""

from chalkgrad.worksheets.files import write_class
from chalkgrad.worksheets.formats import FORMATS
from chalkgrad.worksheets.worksheet import Worksheet, make_worksheet

__all__ = ["FORMATS", "Worksheet", "make_worksheet", "write_class"]
