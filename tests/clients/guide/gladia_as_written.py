from gladiaio_sdk import GladiaClient

# Initialize the client
gladia_client = GladiaClient(api_key="key")

# Start the transcription session
gladia_session = gladia_client.live_v2().start_session(gladia_config)

# Send audio chunks
for audio_chunk in chunks():
    gladia_session.send_audio(audio_chunk)


# Read transcription messages
@live_session.on("message")
def on_message(message):
    # partial and final transcripts arrive here; `is_final` tells them apart
    print("final" if message.data.is_final else "partial", message.data.utterance.text)


@live_session.once("started")
def on_started(_response):
    print("started")


@live_session.once("ended")
def on_ended(_ended):
    print("ended")


@live_session.on("error")
def on_error(error):
    print(f"error {error}")
