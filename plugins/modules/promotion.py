#!/usr/bin/python
# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module promotion: documentation. The work is done on the controller, in the action plugin of this name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: promotion
short_description: Move releases to the next environment, and take them back when they do not arrive
version_added: 0.2.0
author: groundwork.platform contributors (@groundwork)
description:
  - Moves the lock file of an environment to the releases that the environment before it runs, in one signed commit, once ten gates are
    open. Then waits until Argo CD runs exactly that, healthy without a break for the time that the environment asks for.
  - What does not arrive is taken back by a revert of exactly that commit, unless it may have changed data. Either way a record of it is
    written to the repository.
  - Where the environment asks for approvals, the first run proposes the commit on a branch of its own, and a later run writes it.
  - A run that was interrupted anywhere is repeated. It reads from the repository how far the last one came.
extends_documentation_fragment:
  - groundwork.platform.attributes
attributes:
  check_mode:
    support: full
    details:
      - Looks at every gate and writes nothing, neither to the repository nor to a cluster.
  diff_mode:
    support: full
    details:
      - Shows how the releases differ, and the files of the environment.
  idempotent:
    support: full
requirements:
  - pydantic >= 2 on the controller
  - kubernetes on the controller
  - Git >= 2.34 on the controller, with C(gpg.format) V(ssh) and C(user.signingKey) set in the clone
options:
  path:
    description: Clone of the repository, on the controller. Its files are not touched, but for a fast-forward at the end.
    type: path
    required: true
  matrix:
    description: The environment matrix.
    type: path
    required: true
  overlays:
    description: Files with deviations from the matrix, applied in order.
    type: list
    elements: path
    default: []
  target:
    description: Environment to promote to.
    type: str
    required: true
  source:
    description: Environment to promote from; empty means the one before O(target). No other is accepted.
    type: str
    default: ""
  components:
    description: Components to promote; none means all that differ.
    type: list
    elements: str
    default: []
  waive:
    description: Reasons by gate, such as C(G7). V(G0), V(G1) and V(G8) cannot be waived.
    type: dict
    default: {}
  hotfix:
    description: Why the soak time may be cut short. Nothing else is.
    type: str
    default: ""
  force_reason:
    description: Why a release that was taken back may come again.
    type: str
    default: ""
  allow_prune:
    description: Objects that go, all of them, as the plan names them.
    type: list
    elements: str
    default: []
  ticket:
    description: What the record refers to.
    type: str
    default: ""
  take_over:
    description: Take the lock of somebody else's run that is dead for good.
    type: bool
    default: false
  take_back:
    description:
      - Name of a promotion that arrived and should go again, such as V(test-7). Nothing is promoted then. Its commit is reverted, the same wait follows,
        and its record says so. It asks no gate and nobody's approval.
      - A new version of a program that keeps data is not taken back; what to do is said.
    type: str
    default: ""
  reason:
    description: Why, with O(take_back).
    type: str
    default: ""
  token:
    description: Token of the forge, where the matrix names one.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Promote everything that has soaked
  groundwork.platform.promotion:
    path: ~/clusters
    matrix: "{{ groundwork_matrix_path }}"
    target: test

- name: Take one back that turned out to be bad
  groundwork.platform.promotion:
    path: ~/clusters
    matrix: "{{ groundwork_matrix_path }}"
    target: test
    take_back: test-7
    reason: searches are slow
"""

RETURN = r"""
state:
  description: >-
    What came of it: V(nothing) differs; V(planned), in check mode; V(proposed) and waiting for approvals; V(deferred) until a gate opens;
    V(stop), a gate is closed; V(live); V(reverted); V(stopped), broken and left for people because of its data; V(superseded) by somebody
    else's commit; V(unseen), nobody could see what became of it.
  returned: success or failure of the promotion
  type: str
lines:
  description: The same for people, with every move and every gate.
  returned: success or failure of the promotion
  type: list
  elements: str
gates:
  description: Gate, state (V(pass), V(fail), V(waived), V(deferred)), evidence and remedy.
  returned: success or failure of the promotion
  type: list
  elements: dict
moves:
  description: Component, and its release and version before and after.
  returned: success or failure of the promotion
  type: list
  elements: dict
pruned:
  description: Objects that go, for O(allow_prune).
  returned: success or failure of the promotion
  type: list
  elements: str
until:
  description: When the last deferred gate opens.
  returned: success or failure of the promotion
  type: str
record:
  description: The record, as it stands in audit/promotions of the repository.
  returned: when there is one
  type: dict
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.groundwork.platform.plugins.module_utils._promotion_arguments import PROMOTION


def main() -> None:
    """Reached only where the action plugin is not found."""
    module = AnsibleModule(argument_spec=PROMOTION, supports_check_mode=True)
    module.fail_json(msg="groundwork.platform.promotion runs on the controller; its action plugin was not found")


if __name__ == "__main__":
    main()
