# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS and login: nothing is sent to a vCenter that is not proven, and a password is tried once."""

from __future__ import annotations

import hashlib
import ssl

from tests.integration.vsphere.site import Site


def leaf_hash(site: Site) -> str:
    pem = site.a.certificate[0].read_text()
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()


def logins(site: Site) -> int:
    return site.a.calls().get("Login", 0) + site.old.calls().get("Login", 0)


def test_a_wrong_password_is_tried_exactly_once(empty_site: Site) -> None:
    before = logins(empty_site)
    empty_site.vcenter("vcenter-a").update(password="wrong")
    assert empty_site.refused() == ["V-LOGIN"]
    assert logins(empty_site) == before + 2, "once wrong in one, once right in the other"


def test_both_passwords_wrong_are_two_problems(empty_site: Site) -> None:
    for vcenter in empty_site.arguments["vcenters"]:
        vcenter.update(password="wrong")
    assert empty_site.refused() == ["V-LOGIN", "V-LOGIN"]


def test_certificate_of_no_trusted_ca(empty_site: Site) -> None:
    before = logins(empty_site)
    for vcenter in empty_site.arguments["vcenters"]:
        vcenter.update(ca_path=None)
    assert empty_site.refused() == ["V-CERTIFICATE", "V-CERTIFICATE"]
    assert logins(empty_site) == before


def test_certificate_of_another_name(empty_site: Site) -> None:
    before = logins(empty_site)
    for vcenter in empty_site.arguments["vcenters"]:
        vcenter.update(hostname="localhost")
    assert empty_site.refused() == ["V-CERTIFICATE", "V-CERTIFICATE"]
    assert logins(empty_site) == before


def test_ca_file_that_is_not_there(empty_site: Site) -> None:
    empty_site.vcenter("vcenter-a").update(ca_path="/nonexistent/ca.pem")
    assert empty_site.refused() == ["V-CA-FILE"]


def test_ca_file_that_holds_no_certificate(empty_site: Site) -> None:
    junk = empty_site.folder / "ca.pem"
    junk.write_text("no certificate")
    empty_site.vcenter("vcenter-a").update(ca_path=str(junk))
    assert empty_site.refused() == ["V-TLS"]


def test_the_right_pin_needs_no_ca(empty_site: Site) -> None:
    pin = leaf_hash(empty_site).upper()
    colons = ":".join(pin[index : index + 2] for index in range(0, len(pin), 2))
    for vcenter in empty_site.arguments["vcenters"]:
        vcenter.update(ca_path=None, sha256_pin=colons)
    assert len(empty_site.ok(state="planned")["plan"]) == 9


def test_a_wrong_pin_is_refused_before_anything_is_sent_even_with_the_right_ca(empty_site: Site) -> None:
    before = logins(empty_site)
    for vcenter in empty_site.arguments["vcenters"]:
        vcenter.update(sha256_pin="00" * 32)
    assert empty_site.refused() == ["V-PIN", "V-PIN"]
    assert logins(empty_site) == before
