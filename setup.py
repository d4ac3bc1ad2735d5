"""The one thing pyproject.toml cannot say: operators' files live at the top of the repository and are packed into `triage/shipped/`.

There is no second copy of them: a checkout uses the originals (see triage/shipped.py), a wheel gets them at build time.
"""

from __future__ import annotations

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

SHIPPED = ("config.example.toml", "rules/*.toml", "rules/*.json", "rules/notices/*.txt")
TARGET = "triage/shipped"


class BuildWithShippedFiles(build_py):
    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        for source, target in self._shipped():
            self.mkpath(str(target.parent))
            self.copy_file(source, str(target), preserve_mode=False)

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        shipped = [] if self.editable_mode else [str(target) for _, target in self._shipped()]
        return [*super().get_outputs(include_bytecode), *shipped]

    def get_source_files(self) -> list[str]:
        return [*super().get_source_files(), *(source for source, _ in self._shipped())]

    def _shipped(self) -> list[tuple[str, Path]]:
        here = Path()
        sources = [path for pattern in SHIPPED for path in sorted(here.glob(pattern))]
        return [(str(path), Path(self.build_lib, TARGET, path)) for path in sources]


setup(cmdclass={"build_py": BuildWithShippedFiles})
