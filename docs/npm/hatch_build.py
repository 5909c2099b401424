"""Build hook: an editable install also fetches the npm packages that the site needs; any other build does nothing here."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class FetchNpmPackages(BuildHookInterface):
    def initialize(self, version, build_data):
        if version != "editable":
            return
        root = Path(self.root)
        spec = spec_from_file_location("npm", root / "dlref" / "site" / "npm.py")
        npm = module_from_spec(spec)
        spec.loader.exec_module(npm)
        npm.fetch(root)
