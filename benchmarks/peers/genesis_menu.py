"""genesis as its documentation shows it: a coroutine per call on Outbound. Needs Python packages of its own
(`benchmarks/peers/requirements.txt`), for it wants older ones than ours."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from genesis import Outbound  # type: ignore[import-not-found]


async def handle(session: Any) -> None:
    channel = session.channel
    await channel.answer()
    await channel.playback("silence_stream://400")
    for number in (1, 2, 3):
        done = await channel.play_and_get_digits(
            tries=1, timeout=5000, terminators="#", file=f"{sys.argv[3]}/{number:032d}.wav", minimal=1, maximum=1,
            regexp=r"\d", var_name="ivr_digits", invalid_file="silence_stream://10", digit_timeout=5000,
        )  # fmt: skip
        if done.get("variable_ivr_digits") != "1":
            await channel.playback(f"{sys.argv[3]}/{4:032d}.wav")
            await channel.hangup()
            return
    await session.sendmsg("execute", "bridge", "sofia/digitree/agent@127.0.0.1:5070", block=True)
    await channel.hangup()


if __name__ == "__main__":
    asyncio.run(Outbound(handle, sys.argv[1], int(sys.argv[2])).start())
