# SPDX-License-Identifier: Apache-2.0
"""What a power loss leaves of a database's two files: all that was written before their last sync, and of each later write any of
its sectors, or rubbish in their places. Made from the record of tests/crash/recording_vfs.cc."""
import dataclasses
import os
import struct

SECTOR = 512
HEAD = struct.Struct("<cc6xqq")


@dataclasses.dataclass
class Image:
    """A file: what is on the disk for certain, and what was done to it since, in order, as (offset, bytes) or (length, None)."""

    durable: bytearray
    pending: list = dataclasses.field(default_factory=list)
    syncs: int = 0

    def sync(self):
        for offset, data in self.pending:
            put(self.durable, offset, data)
        self.pending = []
        self.syncs += 1

    def written(self, but=0):
        """As a reader sees it; without the last `but` changes."""
        content = bytearray(self.durable)
        for offset, data in self.pending[:len(self.pending) - but]:
            put(content, offset, data)
        return content


def put(content, offset, data):
    if data is None:
        del content[offset:]
        return
    content.extend(bytes(max(0, offset - len(content))))
    content[offset:offset + len(data)] = data


def sectors_of(offset, data):
    """The parts of a write that a disk writes, or does not, for themselves."""
    start = 0
    while start < len(data):
        end = min(len(data), start + SECTOR - (offset + start) % SECTOR)
        yield offset + start, data[start:end]
        start = end


def cut(changes, pick):
    """The first of them, up to a sector."""
    return changes[:pick.randrange(len(changes) + 1)]


def some(changes, pick):
    """Any, in any order on the disk."""
    share = pick.random()
    return [change for change in changes if pick.random() < share]


def torn(changes, pick):
    """Any, and rubbish where the others were to be."""
    share = pick.random()
    return [change if change[1] is None or pick.random() < share else (change[0], pick.randbytes(len(change[1]))) for change in changes]


def none(changes, pick):
    """As if nothing had been written since the sync."""
    return []


class Disk:
    """Below one server, which is started anew after each loss. It may kill itself at a change of one file, before a sync or in the middle
    of a checkpoint."""

    def __init__(self, capid):
        self.capid = capid
        self.paths = {b"d": capid.data / "capid.db", b"l": capid.data / "capid.db-wal"}
        self.record = capid.data / "record"
        self.losses = self.losses_of_log = self.losses_of_database = self.checkpoints = 0

    def watch(self, pick):
        """Before a start: whatever is there now is on the disk."""
        self.record.unlink(missing_ok=True)
        self.images = {which: Image(bytearray(path.read_bytes() if path.exists() else b"")) for which, path in self.paths.items()}
        self.capid.environment = {"CAPID_POWER_LOSS_RECORD": str(self.record), "CAPID_POWER_LOSS_PAGES": str(pick.choice([20, 100, 1000]))}
        at = pick.choice(["", f"l{pick.randrange(1, 30)}", f"l{pick.randrange(1, 2000)}", f"d{pick.randrange(1, 200)}"])
        if at:
            self.capid.environment["CAPID_POWER_LOSS_AT"] = at

    def lose_power(self, pick):
        """After the server was killed: its files become what they could be after the loss."""
        self._replay()
        self.losses += 1
        self.losses_of_log += bool(self.images[b"l"].pending)
        self.losses_of_database += bool(self.images[b"d"].pending)
        self.checkpoints += self.images[b"d"].syncs
        for which, image in self.images.items():
            self._compare(which, image)
            if image.pending:
                self.paths[which].write_bytes(self._left(image, pick))   # in its place: the owner stays
        self.paths[b"l"].with_name("capid.db-shm").unlink(missing_ok=True)

    def _replay(self):
        """The last entry may be half written: then it had not begun."""
        record = self.record.read_bytes() if self.record.exists() else b""
        at = 0
        while at + HEAD.size <= len(record):
            kind, which, offset, length = HEAD.unpack_from(record, at)
            at += HEAD.size + length
            if at > len(record):
                return
            image = self.images[which]
            if kind == b"S":
                image.sync()
            else:
                image.pending.append((offset, record[at - length:at] if kind == b"W" else None))

    def _compare(self, which, image):
        """The record is whole: together with what was there before, it makes the file. The last change may be half made."""
        found = self.paths[which].read_bytes() if self.paths[which].exists() else b""
        whole = bytes(image.written())
        if found != whole:
            made = len(os.path.commonprefix([found, whole]))
            assert found == whole[:made] + image.written(1)[made:], f"the record of {self.paths[which].name} is not what was done"

    @staticmethod
    def _left(image, pick):
        changes = [part for offset, data in image.pending for part in (sectors_of(offset, data) if data else [(offset, data)])]
        content = bytearray(image.durable)
        for offset, data in pick.choice([none, cut, some, torn])(changes, pick):
            put(content, offset, data)
        if len(content) > len(image.durable) and pick.random() < 0.3:   # its length is written for itself as well
            del content[pick.randrange(len(image.durable), len(content)):]
        return content
