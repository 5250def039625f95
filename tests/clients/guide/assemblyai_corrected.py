from assemblyai.streaming.v3 import StreamingClient, StreamingClientOptions, StreamingEvents, StreamingParameters

client = StreamingClient(StreamingClientOptions(api_key="key", api_host="streaming.assemblyai.com"))


def on_begin(self, event):
    print(f"began {event.id}")


def on_turn(self, event):
    print(f"{event.transcript} ({event.end_of_turn})")


def on_terminated(self, event):
    print(f"terminated after {event.audio_duration_seconds} s")


client.on(StreamingEvents.Begin, on_begin)
client.on(StreamingEvents.Turn, on_turn)
client.on(StreamingEvents.Termination, on_terminated)
client.connect(StreamingParameters(sample_rate=16000, format_turns=True))
for audio_chunk in chunks():
    client.stream(audio_chunk)
client.disconnect(terminate=True)
