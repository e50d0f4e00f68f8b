"""Grading: a course's submissions are checked against a sheet, marked by a rubric, and put into tables."""

from chalkgrad.grading.course import Course, grade
from chalkgrad.grading.hooks import nbgrader_points, otter_check, prairielearn_results, write_hooks
from chalkgrad.grading.lateness import Lateness
from chalkgrad.grading.marking import mark_one
from chalkgrad.grading.roster import Member, Roster, read_roster
from chalkgrad.grading.rubric import Part, Rubric, read_rubric, rubric_for
from chalkgrad.grading.tables import gradescope_results

__all__ = [
    "Course",
    "Lateness",
    "Member",
    "Part",
    "Roster",
    "Rubric",
    "grade",
    "gradescope_results",
    "mark_one",
    "nbgrader_points",
    "otter_check",
    "prairielearn_results",
    "read_roster",
    "read_rubric",
    "rubric_for",
    "write_hooks",
]
