# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a promotion would write: the target's lock moved to the source's releases, and all that follows from it. No I/O."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping

import yaml
from ansible_collections.groundwork.platform.plugins.plugin_utils._catalogue.read import Catalogue
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.disk import Change as FileChange
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.disk import authorities, changes
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.environment import environment_folder
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.inputs import Inputs
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.lock import Lock, Locked, lock_path, read_lock
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.ownership import stamp
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.problems import TreeRefused
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.release import FOLDER, Release, releases_in
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.target import Target
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.tree import render
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.guarded_pydantic import ValidationError
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.load import Loaded
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.delta import Delta, delta, objects_of
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.observed import Drift
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.refused import Refused

NOTHING = Delta()


@dataclasses.dataclass(frozen=True)
class Move:
    """One component's way in the target; None = it is not there."""

    component: str
    before: Locked | None
    after: Locked | None

    def __str__(self) -> str:
        old, new = (entry.version if entry else "none" for entry in (self.before, self.after))
        return f"{self.component} {old} → {new}" if old != new else f"{self.component} {new}"


@dataclasses.dataclass(frozen=True)
class Change:
    """Everything that is known of a promotion before it is written; ``releases`` is how releases differ, which are in the tree already."""

    moves: tuple[Move, ...]
    files: tuple[FileChange, ...] = ()
    releases: tuple[FileChange, ...] = ()
    faults: tuple[str, ...] = ()
    drifts: tuple[Drift, ...] = ()
    delta: Delta = NOTHING


def locks_of(tree: Mapping[str, str], environment: str) -> Lock:
    """The lock of an environment. Raises Refused."""
    path = lock_path(environment)
    try:
        return read_lock(tree[path])
    except KeyError:
        raise Refused(f"{path}: {environment} has never been rendered; run render.yml, commit and push") from None
    except (ValidationError, yaml.YAMLError):
        raise Refused(f"{path}: is no lock file; restore it from Git") from None


def moves(loaded: Loaded, tree: Mapping[str, str], source: str, target: str, wanted: Collection[str]) -> tuple[Move, ...]:
    """Where the target differs from the source, of everything or of the components that are named. Raises Refused for others."""
    old, new = locks_of(tree, target).components, locks_of(tree, source).components
    if unknown := sorted(set(wanted) - old.keys() - new.keys()):
        raise Refused(*(f"{name} runs neither in {source} nor in {target}" for name in unknown))
    found = [Move(name, old.get(name), new.get(name)) for name in sorted(wanted or old.keys() | new.keys())]
    cni = Target(loaded, target).cni
    # A pod network belongs to its cluster: one that the other side does not have is no difference.
    return tuple(move for move in found if move.before != move.after and _cni_of(tree, move) in (None, cni) and not (_cni_of(tree, move) and not move.after))


def change_of(loaded: Loaded, tree: Mapping[str, str], target: str, wanted: tuple[Move, ...]) -> Change:
    """The files of the target after these moves, or what stands against them."""
    mine = (environment_folder(target) + "/", f"kubernetes/bootstrap/{target}.yaml")
    try:
        stale = [change.path for change in _written(loaded, tree) if change.path.startswith(mine)]
    except TreeRefused as refused:
        return _refused(wanted, refused, mine)
    if stale:
        return Change(wanted, faults=(f"{len(stale)} files of {target} are not what the matrix says now, {stale[0]} first: run render.yml, commit and push",))
    lock = locks_of(tree, target)
    moved = Lock(components={**lock.components, **{m.component: m.after for m in wanted if m.after}})
    moved = Lock(components={name: entry for name, entry in sorted(moved.components.items()) if name not in {m.component for m in wanted if not m.after}})
    path = lock_path(target)
    ahead = {**tree, path: stamp(path, moved.to_text())}
    try:
        follows = [change for change in _written(loaded, ahead) if change.path.startswith(mine)]
    except TreeRefused as refused:
        return _refused(wanted, refused, mine)
    files = (FileChange(path, tree[path], ahead[path]), *follows)
    after = {**tree, **{change.path: change.after for change in files if change.after is not None}}
    for change in files:
        if change.after is None:
            del after[change.path]
    differences = tuple(difference for move in wanted for difference in _releases(tree, move))
    return Change(wanted, files, differences, delta=delta(objects_of(tree, lock, target), objects_of(after, moved, target)))


def _releases(tree: Mapping[str, str], move: Move) -> Iterator[FileChange]:
    """How the files of one release differ from those of the other."""
    found = releases_in({path: text for path, text in tree.items() if path.startswith(f"{FOLDER}/{move.component}/")})
    old, new = (found.get((move.component, entry.release), {}) if entry else {} for entry in (move.before, move.after))
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            yield FileChange(f"{FOLDER}/{move.component}/…/{name}", old.get(name), new.get(name))


def _written(loaded: Loaded, tree: Mapping[str, str]) -> list[FileChange]:
    return changes(dict(tree), render(Inputs(loaded, Catalogue(), tree, authorities(loaded))))


def _refused(wanted: tuple[Move, ...], refused: TreeRefused, mine: tuple[str, ...]) -> Change:
    """Hand edits of the target's files are drift; all else that is wrong with the tree is a fault."""
    edits = [problem for problem in refused.problems if problem.patch and problem.path.startswith(mine)]
    faults = [f"{problem.path}: {problem.message}; {problem.remedy}" for problem in refused.problems if problem not in edits]
    return Change(wanted, faults=tuple(faults), drifts=tuple(Drift(problem.path, problem.patch) for problem in edits))


def _cni_of(tree: Mapping[str, str], move: Move) -> str | None:
    entry = move.after or move.before
    files = releases_in({path: text for path, text in tree.items() if entry and f"/{move.component}/{entry.release}/" in path})
    try:
        return next((Release(move.component, held).spec.cni for held in files.values()), None)
    except (ValidationError, KeyError):
        return None  # the rules for the tree report it
