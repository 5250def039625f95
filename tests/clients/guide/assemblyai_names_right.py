from assemblyai.streaming.v3 import StreamingClient, StreamingClientOptions, StreamingEvents, StreamingParameters
from assemblyai.streaming.v3 import StreamingSessionParameters

# Initialize the client
client = StreamingClient(StreamingClientOptions(api_key="key", api_host="streaming.assemblyai.com"))

# Start the transcription session
client.connect(StreamingParameters(sample_rate=16000, format_turns=True))

# Send audio chunks
for audio_chunk in chunks():
    client.stream(audio_chunk)


# Read transcription messages
def on_begin(self, event):
    print(f"began {event.id}")


def on_turn(self, event):
    print(f"{event.transcript} ({event.end_of_turn})")
    if event.end_of_turn and not event.turn_is_formatted:
        self.set_params(StreamingSessionParameters(format_turns=True))


def on_terminated(self, event):
    print(f"terminated after {event.audio_duration_seconds} s")


client.on(StreamingEvents.Begin, on_begin)
client.on(StreamingEvents.Turn, on_turn)
client.on(StreamingEvents.Termination, on_terminated)
