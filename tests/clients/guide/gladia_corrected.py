import threading

from gladiaio_sdk import GladiaClient

gladia_client = GladiaClient(api_key="key")
gladia_session = gladia_client.live_v2().start_session(gladia_config)
done = threading.Event()


@gladia_session.on("message")
def on_message(message):
    if message.type != "transcript":
        return
    print("final" if message.data.is_final else "partial", message.data.utterance.text.strip())


@gladia_session.once("ended")
def on_ended(_ended):
    print("ended")
    done.set()


@gladia_session.on("error")
def on_error(error):
    print(f"error {error}")


gladia_session.wait_until_ready(60)
for audio_chunk in chunks():
    gladia_session.send_audio(audio_chunk)
gladia_session.stop_recording()
done.wait(60)
