"""The socket both services share, where no client gets to: what happens between two reads, and before there is a socket."""

import asyncio
from weakref import WeakSet

import aiohttp
from aiohttp import WSMsgType, web

from harness.emulators.connection import SOCKETS, Close, Outbox, Send, upgrade
from harness.emulators.faults import Fault
from harness.emulators.injection import SessionFaults
from harness.emulators.ledger import SessionRecord


async def served(serve, talk):
    """What `serve` returns of its socket, to which a client talks."""
    done = asyncio.get_running_loop().create_future()

    async def handler(request):
        ws = await upgrade(request, compress=False, max_frame_bytes=1024)
        done.set_result(await serve(ws))
        return ws

    app = web.Application()
    app[SOCKETS] = WeakSet()
    app.add_routes([web.get("/", handler)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        async with aiohttp.ClientSession() as session, session.ws_connect(f"http://{site.name[7:]}/") as client:
            await talk(client)
        return await asyncio.wait_for(done, 60)
    finally:
        await runner.cleanup()


def test_a_reader_that_is_busy_while_the_socket_is_closed_finds_it_closed():
    """It reads on when the client has answered, and takes nothing for a message."""
    codes = []

    async def serve(ws):
        first = await ws.receive()
        closing = asyncio.create_task(ws.close(code=4400))
        await asyncio.sleep(0)
        then = await ws.receive()
        return first.data, then.type, closing.done()

    async def talk(client):
        await client.send_str("hello")
        await client.receive()
        codes.append(client.close_code)

    assert ("hello", WSMsgType.CLOSED, True) == asyncio.run(served(serve, talk))
    assert [4400] == codes


def outbox(*faults):
    """An outbox with faults, and its session's account."""
    record, active = SessionRecord("gladia", "sid", {}), SessionFaults(faults)
    return Outbox(record, stamp=False, faults=active), active, record


def test_what_a_fault_holds_back_comes_before_the_close():
    """Nothing will overtake it any more, and nothing gets lost."""
    waiting, _, record = outbox(Fault("reorder"))
    waiting.put(Send({"type": "end_session"}))
    waiting.put(Close(4400))

    async def talk(client):
        assert "end_session" in (await client.receive()).data
        assert WSMsgType.CLOSE == (await client.receive()).type

    asyncio.run(served(waiting.run, talk))
    assert [["reorder"]] == [entry["faults"] for entry in record.details()["messages"]]


def test_a_connection_that_is_not_there_can_not_be_broken():
    """A fault between the POST and the socket happens to nobody, and the next socket is served."""
    waiting, faults, _ = outbox(Fault("drop"), Fault("deaf", for_s=60.0))
    assert faults.happen()
    waiting.put(Send({"type": "start_session"}))
    waiting.put(Close(1000))

    async def talk(client):
        assert "start_session" in (await client.receive()).data

    asyncio.run(served(waiting.run, talk))
