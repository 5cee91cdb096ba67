"""tagma find-function: where a registered function is written."""

from typing import Annotated

from tagma.cli._app import Arg, Opt, app
from tagma.cli._options import example
from tagma.cli._report import Printer


@app.command("find-function", epilog=example("tagma find-function spacy.Tagger.v2 --registry architectures"))
def find_function_cli(
    func_name: Annotated[str, Arg(help="Registered name.", show_default=False)],
    registry_name: Annotated[
        str | None, Opt("--registry", "-r", help="Registry to look in; all of them if not given.")
    ] = None,
) -> None:
    """Print file and line of a registered function."""
    find_function(func_name, registry_name)


def find_function(func_name: str, registry_name: str | None = None) -> tuple[str, int]:
    """(path, line). Raises SystemExit(1) for an unknown name or registry, naming those that there are."""
    from tagma.nn.config import suggest
    from tagma.registries import registry

    msg = Printer()
    names = [registry_name] if registry_name else sorted(registry.get_registry_names())
    for name in names:
        try:
            if not registry_name and not registry.has(name, func_name):
                continue
            found = registry.find(name, func_name)
        except ValueError as error:  # RegistryError: unknown registry or function
            msg.fail_and_exit(f"Couldn't find {func_name!r} in {name}", str(error))
        path, line = found.get("file"), found.get("line_no")
        if not path:
            msg.fail_and_exit(f"{func_name!r} is compiled or built at run time: it has no source file.")
        msg.good(f"Found {func_name!r} in registry {name!r}", f"{path}:{line}")
        return str(path), int(line or 0)
    near = suggest(func_name, {known for name in names for known in getattr(registry, name).get_all()})
    msg.fail_and_exit(f"Couldn't find {func_name!r}{near}", f"Looked in the registries: {', '.join(names)}")
