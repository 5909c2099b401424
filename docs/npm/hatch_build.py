"""Build hook: a wheel carries the book's contents, so that a formula knows its section; an editable install fetches the npm packages that the site needs."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class BuildHook(BuildHookInterface):
    def initialize(self, version, build_data):
        root = Path(self.root)
        if version != "editable":
            build_data["force_include"][str(root / "docs" / "data" / "contents.toml")] = "dlref/contents.toml"
            return
        spec = spec_from_file_location("npm", root / "dlref" / "site" / "npm.py")
        npm = module_from_spec(spec)
        spec.loader.exec_module(npm)
        npm.fetch(root)
