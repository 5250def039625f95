"""Independent implementations that come as source only, for tests that compare with them."""

import importlib
import os
import warnings
from types import ModuleType

import pytest


def oracle(name: str) -> ModuleType:
    """Import one; where it could not be built its tests are skipped with the reason, except in CI, where they fail."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)  # segeval compares numbers by `is`
            return importlib.import_module(name)
    except ImportError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"{name} is not installed ({error}); MeetEval needs a C++ compiler", allow_module_level=True)
