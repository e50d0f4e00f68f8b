"""Grading: a course's submissions are checked against a sheet, marked by a rubric, and put into tables."""

from chalkgrad.grading.course import Course, grade
from chalkgrad.grading.rubric import Part, Rubric, read_rubric

__all__ = ["Course", "Part", "Rubric", "grade", "read_rubric"]
