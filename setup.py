"""What pyproject.toml cannot say: before the package is put together, the catalogues of translations are compiled."""

import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
sys.path.insert(0, str(ROOT))

from trialogue.lib.catalogues import compiled  # noqa: E402


class Build(build_py):
    def run(self) -> None:
        compiled(ROOT / "trialogue" / "locale")
        super().run()


setup(cmdclass={"build_py": Build})
