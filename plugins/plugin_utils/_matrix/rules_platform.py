# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about what runs in the clusters: known, pinned, supported, complete, and possible in every environment."""

from __future__ import annotations

import datetime
import zoneinfo
from collections.abc import Iterator

from ansible_collections.groundwork.platform.plugins.plugin_utils._catalogue.model import Entry, Release
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix import compatibility as table
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.facts import Facts
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_platform import PINNED, Component
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.platform_facts import KNOWN, platform_facts
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.problems import Finding, Path, did_you_mean
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.registry import rule
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.rules_versions import K3S
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.windows import AHEAD, Window, next_opening


def version_of(part: Component, entry: Entry) -> str | None:
    """The release that a matrix asks for; None when the owner or the catalogue does not say it yet."""
    return entry.version if part.version == PINNED else part.version


def _asked(facts: Facts) -> Iterator[tuple[Path, str, Component, Entry]]:
    """(place, name, part, entry) of every component and application that the catalogue knows, under the key where it belongs."""
    for section, parts in (("components", facts.matrix.components), ("applications", facts.matrix.applications)):
        for name, part in parts.items():
            if name in facts.catalogue.names and facts.catalogue[name].is_application == (section == "applications"):
                yield (section, name), name, part, facts.catalogue[name]


def _releases(facts: Facts) -> Iterator[tuple[Path, str, Entry, Release]]:
    """(place, what to call it, entry, release) of everything whose version is known."""
    for path, name, part, entry in _asked(facts):
        version = version_of(part, entry)
        if version in entry.releases:
            yield (*path, "version") if part.version != PINNED else path, f"{name} {version}", entry, entry.releases[version]


@rule("GW901", "unknown component", "Only what the catalogue describes can be installed, watched and removed (docs/reference/catalogue.md).")
def unknown(facts: Facts) -> Iterator[Finding]:
    """Names that the catalogue does not have, or has under the other key; names in an environment that the site does not have."""
    for section, kind in (("components", "component"), ("applications", "application")):
        parts = getattr(facts.matrix, section)
        other = "applications" if section == "components" else "components"
        for name in parts:
            if name not in facts.catalogue.names:
                yield Finding((section, name), f"the catalogue has no {kind} {name!r}", did_you_mean(name, facts.catalogue.names, "it has"), at_key=True)
            elif facts.catalogue[name].is_application != (section == "applications"):
                yield Finding((section, name), f"{name} does not belong to {section}", f"move it to {other}", at_key=True)
        for key, environment in facts.matrix.environments.items():
            for name in getattr(environment, section):
                if name not in parts:
                    message = f"{key} says something of {name}, which the site does not have"
                    yield Finding(("environments", key, section, name), message, did_you_mean(name, parts, f"add it to {section}"), at_key=True)


@rule("GW902", "component without a pinned version", "Nobody has confirmed an exact release of it yet; a repeated run must install the same.")
def not_pinned(facts: Facts) -> Iterator[Finding]:
    """Components for which neither the matrix nor the catalogue names a release."""
    for path, name, part, entry in _asked(facts):
        if part.version == PINNED and entry.version is None:
            known = ", ".join(entry.releases)
            remedy = f"write version: with one of {known}" if known else "write version: null until it has been tested and pinned in the catalogue"
            yield Finding(path, f"the catalogue pins no version of {name}", remedy, at_key=True)


@rule("GW903", "release that the catalogue does not know", "Compatibility, end of life and the place of the chart come with the release.")
def unknown_release(facts: Facts) -> Iterator[Finding]:
    """Versions that the matrix writes itself."""
    for path, name, part, entry in _asked(facts):
        if part.version not in (PINNED, None) and part.version not in entry.releases:
            remedy = did_you_mean(part.version, entry.releases, "known are") if entry.releases else "the catalogue has no release of it yet"
            yield Finding((*path, "version"), f"the catalogue has no {name} {part.version}", remedy)


@rule("GW904", "component whose support has ended", "No fixes any more, by the vendor's published dates.")
def ended(facts: Facts) -> Iterator[Finding]:
    """Releases by their end dates."""
    for path, name, entry, release in _releases(facts):
        if release.ends is not None and release.ends < table.AS_OF:
            remedy = f"use {entry.successor}" if entry.successor else f"choose {entry.version}"
            yield Finding(path, f"{name} ended on {release.ends}", remedy)


@rule("GW905", "component that does not fit this Kubernetes", "The vendor states for which Kubernetes releases a version is made.")
def unfit(facts: Facts) -> Iterator[Finding]:
    """Each release against the Kubernetes of each environment."""
    for path, name, entry, release in _releases(facts):
        for key, environment in facts.matrix.environments.items():
            version = facts.matrix.k3s.overlaid(environment.k3s).version or ""
            line = table.release_line(version)
            if K3S.fullmatch(version) and not release.kubernetes.fits(line):
                fitting = [other for other, known in entry.releases.items() if known.kubernetes.fits(line)]
                remedy = f"choose {' or '.join(fitting)}" if fitting else "choose another Kubernetes release"
                yield Finding(path, f"{name} is made for Kubernetes {release.kubernetes}; {key} has {line}", remedy)


@rule("GW906", "component that lacks another one", "It uses what the other one provides, and would wait for it for ever.")
def lacking(facts: Facts) -> Iterator[Finding]:
    """What each component requires."""
    for path, name, _part, entry in _asked(facts):
        for required in entry.requires:
            section = "applications" if facts.catalogue[required].is_application else "components"
            if required not in getattr(facts.matrix, section):
                yield Finding(path, f"{name} needs {required}", f"add {required} to {section}", at_key=True)


@rule("GW907", "components and K3s that do not fit together", "Two load balancers take each other's addresses; without pod network no node is ready.")
def beside_k3s(facts: Facts) -> Iterator[Finding]:
    """Packaged components that are not disabled, and pod networks that nobody installs, per environment."""
    for key, environment in facts.matrix.environments.items():
        k3s = facts.matrix.k3s.overlaid(environment.k3s)
        for path, name, _part, entry in _asked(facts):
            for packaged in sorted(set(entry.conflicts) - set(k3s.disable)):
                yield Finding(path, f"{key} runs {name} beside {packaged} of K3s", f"add {packaged} to k3s.disable", at_key=True)
        if facts.matrix.components and k3s.cni in facts.catalogue.names and k3s.cni not in facts.matrix.components:
            yield Finding(("components",), f"{key} has k3s.cni {k3s.cni}, which nobody installs", f"add {k3s.cni} to components", at_key=True)


@rule("GW908", "component that needs a fact which the matrix lacks", "Its address, name or account comes from the matrix (docs/reference/catalogue.md).")
def lacking_fact(facts: Facts) -> Iterator[Finding]:
    """Parameters of each component against the facts of each environment."""
    for path, name, _part, entry in _asked(facts):
        for key in facts.matrix.environments:
            known = platform_facts(facts.matrix, key, name)
            for fact in sorted({parameter.fact for parameter in entry.parameters if not parameter.optional} - known.keys()):
                yield Finding(path, f"{name} needs {fact} in {key}, which the matrix does not say", f"add {KNOWN[fact].replace('<key>', key)}", at_key=True)


@rule("GW909", "environments that share an age key", "Who can decrypt for one cluster could decrypt for the other, and a stolen key of dev would open prod.")
def shared_key(facts: Facts) -> Iterator[Finding]:
    """Recipients of the clusters, also against those of people; and environments that do not exist or have none."""
    git, environments = facts.matrix.git, facts.matrix.environments
    if git is None:
        return
    owners: dict[str, str] = dict.fromkeys(facts.matrix.secrets.age_recipients or (), "a person")
    for key, recipient in git.recipients.items():
        if recipient is not None and recipient in owners:
            yield Finding(("git", "recipients", key), f"the age key of {key} is that of {owners[recipient]}, too", "make one with age-keygen for each cluster")
        if recipient is not None:
            owners.setdefault(recipient, key)
        if key not in (facts.declared("environments") or environments):
            yield Finding(("git", "recipients", key), f"there is no environment {key!r}", did_you_mean(key, environments, "it may be"), at_key=True)
    for key in environments:
        if key not in git.recipients:
            yield Finding(("git",), f"git.recipients has no entry for {key}", f"add {key}: null until its key has been made", at_key=True)


@rule("GW910", "components without a Git repository", "Argo CD runs components from a repository; without one nothing of them reaches a cluster.")
def no_repository(facts: Facts) -> Iterator[Finding]:
    """Components and applications without the key git."""
    section = next((name for name in ("components", "applications") if getattr(facts.matrix, name)), None)
    if section and facts.matrix.git is None:
        yield Finding((section,), f"{section} are run from a Git repository, and the matrix names none", "add git with repository and recipients", at_key=True)


@rule("GW911", "environment that can never be promoted to", "Freezes beat windows; where they leave nothing open, every promotion waits for ever.")
def never_open(facts: Facts) -> Iterator[Finding]:
    """Windows and freezes of each environment, looked at from the day of the compatibility table on."""
    now = datetime.datetime.combine(table.AS_OF, datetime.time(), datetime.UTC)
    for key, environment in facts.matrix.environments.items():
        settings = facts.matrix.promotion.overlaid(environment.promotion)
        windows, freeze = ([Window(part.schedule, part.lasts) for part in parts] for parts in (settings.windows, settings.freeze))
        if next_opening(now, windows, freeze, zoneinfo.ZoneInfo("UTC")) is None:
            path: Path = ("environments", key, "promotion") if environment.promotion else ("promotion",)
            yield Finding(path, f"no window of {key} is open within {AHEAD} days", "shorten a freeze, or widen a window", at_key=True)


@rule("GW912", "values for a component without a chart", "Helm values mean nothing to plain manifests; they are changed by patches in the tree.")
def values_without_chart(facts: Facts) -> Iterator[Finding]:
    """Values of the site and of environments."""
    for path, name, part, entry in _asked(facts):
        own = {key: getattr(environment, str(path[0])).get(name) for key, environment in facts.matrix.environments.items()}
        places = [path] if part.values else []
        places += [("environments", key, *path) for key, said in own.items() if said and said.values]
        if entry.chart is None:
            for place in places:
                yield Finding((*place, "values"), f"{name} has no Helm chart that could take values", "put a patch into patches/ of the tree", at_key=True)
