"""Writing a report: the document read and checked, every section that applies, and the folder with all of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from chalkgrad.checking.document import check_sheet
from chalkgrad.files import write_atomically
from chalkgrad.reading.sheet import read_sheet
from chalkgrad.reports.equations_section import equations_section, forward_section
from chalkgrad.reports.gradients_section import gradients_section
from chalkgrad.reports.page import page
from chalkgrad.reports.section import Section
from chalkgrad.reports.training_section import training_section
from chalkgrad.reports.verdicts_section import verdicts_section
from chalkgrad.reports.work import Work
from chalkgrad.writing.document import latex_document
