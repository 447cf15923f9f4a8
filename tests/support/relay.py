"""A network between a worker and its store: slow, holding everything back, or swallowing it."""

import asyncio
import socket
import threading
from collections.abc import Callable
from typing import Self

from tests.support.processes import free_port

CHUNK = 65_536
BACKLOG = 8
Queue = asyncio.Queue[tuple[float, bytes]]


class Relay:
    """Passes bytes between its own port and `port`, both ways, on a thread of its own.

    `delay_s` is what each direction takes. While it is `stalled`, bytes wait and arrive later, also when who
    sent them has long given up. While it is `cut`, they vanish, as do attempts to connect: nobody hears of an
    end, neither by FIN nor by RST. What was connected before a cut stays dead after it.
    """

    def __init__(self, port: int) -> None:
        self.delay_s = 0.0
        self.port = free_port()
        self.connections = 0  # made since the start
        self._to = port
        self._pipes: set[Pipe] = set()
        self._plugs: list[socket.socket] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._loop = asyncio.new_event_loop()
        self._flows = asyncio.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._ready = threading.Event()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def stall(self) -> None:
        """Hold all bytes back."""
        self._do(self._flows.clear)

    def cut(self) -> None:
        """Let everything vanish."""
        self._do(self._cut)

    def mend(self) -> None:
        """Pass on what was held back, and whatever comes."""
        self._do(self._mend)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait(5.0)
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._mend)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5.0)

    def _do(self, work: Callable[[], None]) -> None:
        done = threading.Event()
        self._loop.call_soon_threadsafe(lambda: (work(), done.set()))
        assert done.wait(5.0)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._flows.set()
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=BACKLOG)
        self._listener.setblocking(False)
        self._loop.add_reader(self._listener, self._accept)
        self._ready.set()
        self._loop.run_forever()
        self._listener.close()
        self._loop.run_until_complete(self._end())
        self._loop.close()

    async def _end(self) -> None:
        for pipe in self._pipes:
            pipe.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _accept(self) -> None:
        try:
            accepted, _ = self._listener.accept()
        except BlockingIOError:
            return
        self.connections += 1
        pipe = Pipe(self)
        self._pipes.add(pipe)
        self._tasks.append(self._loop.create_task(pipe.run(accepted, self._to)))

    def _cut(self) -> None:
        """Where the queue of a listener who accepts nobody is full, Linux answers no further SYN."""
        self._loop.remove_reader(self._listener)
        for pipe in self._pipes:
            pipe.dead = True
        for _ in range(BACKLOG + 2):
            plug = socket.socket()
            plug.setblocking(False)
            plug.connect_ex(("127.0.0.1", self.port))
            self._plugs.append(plug)

    def _mend(self) -> None:
        self._flows.set()
        if self._plugs:
            for plug in self._plugs:
                plug.close()
            self._plugs.clear()
            self._loop.add_reader(self._listener, self._accept)


class Pipe:
    """One connection through the relay."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._writers: list[asyncio.StreamWriter] = []
        self.dead = False

    async def run(self, accepted: socket.socket, port: int) -> None:
        """Carry bytes until both sides have ended."""
        try:
            near = await asyncio.open_connection(sock=accepted)
            self._writers.append(near[1])
            far = await asyncio.open_connection("127.0.0.1", port)
            self._writers.append(far[1])
        except OSError:
            self.close()
            return
        await asyncio.gather(self._carry(near[0], far[1]), self._carry(far[0], near[1]))

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        queue: Queue = asyncio.Queue()
        delivery = asyncio.ensure_future(self._deliver(queue, writer))
        data = b"."
        while data:
            try:
                data = await reader.read(CHUNK)
            except OSError:
                data = b""
            if not self.dead:
                queue.put_nowait((asyncio.get_running_loop().time() + self._relay.delay_s, data))
        await delivery

    async def _deliver(self, queue: Queue, writer: asyncio.StreamWriter) -> None:
        while True:
            due, data = await queue.get()
            await asyncio.sleep(due - asyncio.get_running_loop().time())
            await self._relay._flows.wait()
            if self.dead:
                continue
            try:
                writer.write(data)
                await writer.drain()
            except OSError:
                return
            if not data:
                writer.close()
                return

    def close(self) -> None:
        """Let go of both ends."""
        for writer in self._writers:
            writer.close()
