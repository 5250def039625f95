"""A small product on AssemblyAI, as people write them."""

from assemblyai.streaming import v3


class Captions:
    def __init__(self, show):
        self.client = v3.StreamingClient(v3.StreamingClientOptions(api_key="secret-of-theirs"))
        self.client.on(v3.StreamingEvents.Turn, self.on_turn)
        self.show = show

    def start(self):
        self.client.connect(v3.StreamingParameters(sample_rate=16000, max_turn_silence=2400, interim_results=True))

    def on_turn(self, _client, event):
        if event.end_of_turn:
            for word in event.words:
                self.show(word.text, word.start)

    def mute(self):
        self.client.force_endpoint()

    def stop(self):
        self.client.disconnect()
