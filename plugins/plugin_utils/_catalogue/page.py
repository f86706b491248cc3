# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The generated page of the catalogue: every component with its release, what it fits, and what its removal does."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.groundwork.platform.plugins.plugin_utils._catalogue.model import LAYERS, Entry, Flow, Ready
from ansible_collections.groundwork.platform.plugins.plugin_utils._catalogue.read import Catalogue
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.platform_facts import KNOWN

UNKNOWN = "not confirmed"


def catalogue_page(catalogue: Catalogue, note: str) -> str:
    """Markdown text; ``note`` is its first line."""
    lines = [note, "", "# The catalogue", ""]
    releases = [release for name in catalogue.names for release in catalogue[name].releases.values()]
    dated = sum(release.ends is not None for release in releases)
    lines += [
        "What a matrix can name under `components` and `applications`, from the files of `_catalogue/components/`. A version or digest that no published",
        f"source confirms is *{UNKNOWN}*. A matrix that asks for a component without a confirmed version is refused (GW902), and so are",
        "releases whose support has ended (GW904) or that are not made for the Kubernetes of an environment (GW905). A digest is the",
        "SHA-256 of the chart, manifest or image; as long as it is not confirmed, what the tag names is what is installed.",
        f"The end of support is stated for {dated} of {len(releases)} releases: of the others we have no date that a vendor published,",
        "and GW904 is silent about them.",
        "",
        "With a removal goes the component's namespace, if no other component is in it. What it made elsewhere or for the whole cluster stays",
        "(CRDs, webhook configurations, ClusterRoles): Argo CD does not delete it, and neither do we.",
        "",
        "| component | layer | wave | release | program | digest | Kubernetes | end of support |",
        "|---|---|---|---|---|---|---|---|",
    ]
    names = sorted(catalogue.names, key=lambda name: (catalogue.wave(name), name))
    lines += [row for name in names for row in _releases(name, catalogue[name], catalogue.wave(name))]
    for layer in LAYERS:
        lines += ["", f"## Layer {layer}"]
        for name in names:
            if catalogue[name].layer == layer:
                lines += ["", f"### {name}", "", *_entry(catalogue[name])]
    return "\n".join(lines) + "\n"


def _releases(name: str, entry: Entry, wave: int) -> Iterator[str]:
    if not entry.releases:
        yield f"| {name} | {entry.layer} | {wave} | *{UNKNOWN}* | | | | |"
    for version, release in entry.releases.items():
        pinned = f"**{version}**" if version == entry.version else version
        digest = release.digest or f"*{UNKNOWN}*"
        yield f"| {name} | {entry.layer} | {wave} | {pinned} | {release.app or ''} | {digest} | {release.kubernetes} | {release.ends or 'not stated'} |"


def _entry(entry: Entry) -> Iterator[str]:
    yield f"{entry.purpose}."
    yield ""
    yield f"- namespace `{entry.namespace}`, Pod Security {entry.pod_security}"
    if entry.chart:
        yield f"- chart `{entry.chart.name}` of `{entry.chart.repository}`"
    if entry.manifest:
        yield "- files of the vendor: " + ", ".join(f"`{url}`" for url in entry.manifest.urls)
    if entry.workload:
        yield f"- image `{entry.workload.image}`, volume of {entry.workload.volume_gb} GiB"
    yield from (f"- release {version}: {release.source}" for version, release in entry.releases.items())
    if entry.successor:
        yield f"- replaced by {entry.successor}"
    if entry.requires:
        yield f"- needs {', '.join(entry.requires)}"
    if entry.conflicts:
        yield f"- not beside {', '.join(entry.conflicts)} of K3s"
    if entry.crds:
        yield "- kinds: " + ", ".join(f"`{crd}`" for crd in entry.crds)
    if entry.parameters:
        facts = sorted({parameter.fact for parameter in entry.parameters})
        yield "- from the matrix: " + ", ".join(f"{fact} (`{KNOWN[fact]}`)" for fact in facts)
    yield from (f"- {_flow(flow)}" for flow in entry.flows)
    workloads = f"{', '.join(entry.ready.workloads)} rolled out; " if entry.ready.workloads else ""
    yield f"- ready when: {workloads}{entry.ready.proof}"
    if entry.ready.probes or entry.ready.dry_run:
        yield f"- tried by component_info: {', '.join(_tried(entry.ready))}"
    else:
        yield "- not tried by component_info, which says `unproven` and what people would look at"
    yield f"- removal{' (waits for a confirmation in Argo CD)' if entry.holds_data else ''}: {entry.removal}"


def _tried(ready: Ready) -> Iterator[str]:
    if ready.dry_run:
        yield f"dry run of a {ready.dry_run['kind']}"
    for probe in ready.probes:
        yield " ".join(part for part in (probe.kind, f"{probe.condition} of" if probe.condition else "", f"`{probe.target}`" if probe.target else "") if part)


def _flow(flow: Flow) -> str:
    ends = f"from {flow.source}" if flow.source else f"to {flow.target}"
    return f"traffic {ends}, {', '.join(flow.ports) or 'any port'}: {flow.why}"
