"""Softphones that others wrote, without a sound card: each dials once, presses keys, and records what it hears."""

from __future__ import annotations

import shutil
import subprocess
from abc import ABC, abstractmethod
from pathlib import Path

import numpy as np

from tests.devswitch_sip.wav import write_wav
from tests.helpers import wait_until

_BARESIP_MODULES = next(iter(Path("/usr/lib").glob("**/baresip/modules")), None)
NUMBER = "+14805551234"


class Softphone(ABC):
    """`directory` is its own: settings, log, recording. transport: udp or tcp."""

    missing = ""  # why it cannot be used here

    def __init__(self, directory: Path, transport: str) -> None:
        self._directory = directory
        self._transport = transport
        self._process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def dial(self, uri: str) -> None: ...

    @abstractmethod
    def press(self, key: str) -> None: ...

    @abstractmethod
    def has_ended(self) -> bool:
        """The far side hung up."""

    @abstractmethod
    def recording(self) -> Path:
        """A WAV at 8 kHz, after `close`."""

    def log(self) -> str:
        return (self._directory / "log.txt").read_text(errors="replace")

    def close(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)

    def _start(self, *command: str) -> None:
        with (self._directory / "log.txt").open("wb") as log:
            env = {"HOME": str(self._directory), "PATH": "/usr/bin:/bin"}
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log, env=env)

    def _type(self, text: str) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(text.encode())
        self._process.stdin.flush()


class Baresip(Softphone):
    missing = (
        "" if shutil.which("baresip") and _BARESIP_MODULES else "no baresip on this machine (Debian package baresip)"
    )

    def dial(self, uri: str) -> None:
        folder = self._directory
        write_wav(folder / "silence.wav", np.zeros(30 * 8000))
        (folder / "config").write_text(
            "sip_listen 127.0.0.1:0\nnet_interface 127.0.0.1\nrtp_ports 26000-28000\n"
            f"audio_source aufile,{folder}/silence.wav\naudio_player aufile,{folder}/played.wav\n"
            f"audio_alert aufile,{folder}/alert.wav\naudio_srate 8000\naudio_channels 1\n"
            f"module_path {_BARESIP_MODULES}\nmodule stdio.so\nmodule g711.so\nmodule aufile.so\nmodule sndfile.so\n"
            f"module_tmp account.so\nmodule_app menu.so\nsnd_path {folder}\n"
        )
        (folder / "accounts").write_text(f"<sip:{NUMBER}@127.0.0.1;transport={self._transport}>;regint=0\n")
        (folder / "contacts").write_text("")
        dial = f"d {uri};transport={self._transport}"
        self._start("baresip", "-4", "-f", str(folder), "-e", dial, "-t", "20")

    def press(self, key: str) -> None:
        self._type(key)

    def has_ended(self) -> bool:
        return "session closed" in self.log()

    def recording(self) -> Path:
        return next(self._directory.glob("dump-*-dec.wav"))


class Linphone(Softphone):
    missing = "" if shutil.which("linphonec") else "no linphonec on this machine (Debian package linphone-cli)"

    def dial(self, uri: str) -> None:
        folder = self._directory
        write_wav(folder / "silence.wav", np.zeros(30 * 8000))
        # Ports of the system's choice; only what the switch speaks is offered.
        (folder / ".local" / "share" / "linphone").mkdir(parents=True)
        (folder / "linphonerc").write_text(
            "[sip]\nsip_port=-1\nsip_tcp_port=-1\n[rtp]\naudio_rtp_port=-1\naudio_adaptive_jitt_comp_enabled=0\n"
        )
        self._start("linphonec", "-c", str(folder / "linphonerc"))
        for line in ("soundcard use files", f"play {folder}/silence.wav", f"record {folder}/heard.wav"):
            self._type(f"{line}\n")
        target = f"{uri};transport=tcp" if self._transport == "tcp" else uri
        wait_until(lambda: self._is_calling(target), 20, "linphonec calls", poll_s=0.5)

    def _is_calling(self, target: str) -> bool:
        """It refuses as long as it has not looked for the network, which takes it a moment."""
        if "in progress" not in self.log():
            self._type(f"call {target}\n")
        return "in progress" in self.log()

    def press(self, key: str) -> None:
        self._type(f"{key}\n")

    def has_ended(self) -> bool:
        return "ended" in self.log()

    def recording(self) -> Path:
        return self._directory / "heard.wav"

    def close(self) -> None:
        # The recording's header is written on the way out.
        self._type("quit\n")
        assert self._process is not None
        self._process.wait(10)
