# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page that explains the tree to whoever finds it."""

README = """\
# What Argo CD reads

`playbooks/render.yml` of groundwork.platform writes this tree from the environment matrix. Files that begin with a line saying so are
written again and again; an edit of one is refused, and shown as a patch.

| folder | what it is | whose |
|---|---|---|
| `base/<component>/` | what the matrix and the catalogue say now | ours |
| `base/<component>/patches/` | patches (Kustomize) for all environments | yours |
| `releases/<component>/<hash>/` | immutable copies of base, named by their content; never edit or remove one that a lock names | ours |
| `environments/<env>/promotion.lock.yaml` | which release of each component runs there; only promotion moves it | ours |
| `environments/<env>/<component>/` | values and objects of this environment | ours |
| `environments/<env>/<component>/patches/` | patches for this environment alone | yours |
| `environments/<env>/<component>/secrets/` | encrypted SopsSecrets of this environment, one per file | yours |
| `bootstrap/<env>.yaml` | the Application that begins it all | ours |

The first environment follows base with the next rendering. All others move by promotion only, so an edit of base cannot reach them.
"""
