"""Get the upstream images: from a registry, or else built from distribution packages."""

from concurrent.futures import ThreadPoolExecutor

from deploy.stack import packages
from deploy.stack.console import run, say, step
from deploy.stack.settings import UPSTREAM

# The smallest image is asked for first: its answer tells whether a registry is there at all.
PROBE = "NODE_EXPORTER_IMAGE"
# An air-gapped network may drop packets instead of refusing them.
PROBE_SECONDS = 90
PULL_SECONDS = 900
MARK = f'{{{{with .Config.Labels}}}}{{{{index . "{packages.LABEL}"}}}}{{{{end}}}}'


def ensure(settings: dict[str, str]) -> str:
    """Have every upstream image on this engine and return a sentence on where they are from.

    Raises:
        StackError: neither a registry nor a package mirror gave an image.

    """
    missing = [
        name for name, target in UPSTREAM.items() if not current(reference(settings, name), target)
    ]
    if not missing:
        return f"images: already here ({origin(settings)})"
    with step(f"images: pulling {len(missing)} from {registry(settings)}"):
        failed = pull(settings, missing)
    if failed:
        reason = next(iter(failed.values()))
        say(f"  no image from {registry(settings)}: {reason}")
        packages.build({reference(settings, name): UPSTREAM[name] for name in failed})
    return f"images: {origin(settings)}"


def reference(settings: dict[str, str], name: str) -> str:
    """Return the full name of an image, the mirror in front."""
    return settings["MIRROR"] + settings[name]


def registry(settings: dict[str, str]) -> str:
    """Return what to call the place that images are pulled from."""
    return settings["MIRROR"].rstrip("/") or "the upstream registries"


def current(image: str, target: str) -> bool:
    """Tell whether the engine holds an image: upstream's, or ours from its target's recipe."""
    result = run(["docker", "image", "inspect", "--format", MARK, image])
    return result.returncode == 0 and result.stdout.strip() in {"", packages.recipe(target)}


def origin(settings: dict[str, str]) -> str:
    """Say which images are upstream's and which were built from distribution packages."""
    built = built_here(settings)
    if not built:
        return f"pulled from {registry(settings)}"
    if len(built) == len(UPSTREAM):
        return "built from distribution packages"
    return f"pulled, but for {', '.join(built)}: built from distribution packages"


def built_here(settings: dict[str, str]) -> list[str]:
    """Return the targets whose images were built from distribution packages."""
    return [
        target
        for name, target in UPSTREAM.items()
        if run(
            ["docker", "image", "inspect", "--format", MARK, reference(settings, name)]
        ).stdout.strip()
    ]


def pull(settings: dict[str, str], names: list[str]) -> dict[str, str]:
    """Pull images side by side and return the reason for each that could not be had.

    A registry that doesn't answer the probe is not asked again for the rest.
    """
    first = PROBE if PROBE in names else names[0]
    reason = pull_one(reference(settings, first), PROBE_SECONDS)
    if reason is not None and "manifest unknown" not in reason:
        return dict.fromkeys(names, reason)
    failed = {} if reason is None else {first: reason}
    rest = [name for name in names if name != first]
    with ThreadPoolExecutor(max_workers=3) as pool:
        answers = pool.map(lambda name: pull_one(reference(settings, name), PULL_SECONDS), rest)
        failed |= {name: why for name, why in zip(rest, answers, strict=True) if why}
    return failed


def pull_one(image: str, timeout: float) -> str | None:
    """Pull one image; return None, or the engine's last line when it could not."""
    result = run(["docker", "pull", "--quiet", image], timeout=timeout)
    if result.returncode == 0:
        say(f"  pulled {image}")
        return None
    return (result.stderr.strip().splitlines() or ["no reason given"])[-1]


def explain(settings: dict[str, str]) -> list[str]:
    """Return the lines that name each substitute in use, none when all is upstream's."""
    built = built_here(settings)
    return [f"  {text}." for target, text in packages.SUBSTITUTES.items() if target in built]
