# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""NTP answers as RFC 5905 wants them."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st

from lab.twin.timeserver import ERA, NTP_OFFSET, answer, timestamp

CLIENT_V4 = 0b00_100_011


@given(st.floats(min_value=0, max_value=2**31))
def test_a_timestamp_keeps_the_time_to_a_microsecond(now: float) -> None:
    seconds, fraction = struct.unpack("!II", timestamp(now))
    era = 0 if now + NTP_OFFSET < ERA else ERA
    assert abs(era + seconds - NTP_OFFSET + fraction / 2**32 - now) < 1e-6


def test_the_client_gets_its_own_transmit_time_back() -> None:
    sent = b"\x01\x02\x03\x04\x05\x06\x07\x08"
    reply = answer(bytes([CLIENT_V4]) + bytes(39) + sent, 1000.0, 1001.0)
    assert reply is not None
    assert len(reply) == 48
    assert reply[0] & 0b111 == 4, "mode: server"
    assert reply[0] >> 3 & 0b111 == 4, "the version of the client"
    assert reply[1] == 1, "stratum: usable"
    assert reply[24:32] == sent
    assert reply[32:40] == timestamp(1000.0)
    assert reply[40:48] == timestamp(1001.0)


@given(st.binary(max_size=100).filter(lambda packet: len(packet) < 48 or packet[0] & 0b111 != 3))
def test_anything_but_a_clients_packet_gets_no_answer(packet: bytes) -> None:
    assert answer(packet, 0.0, 0.0) is None
