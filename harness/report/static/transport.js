/** One clock for a clip: the audio's while it plays, its own through trailing silence and for clips without audio. */

export class Transport {
  /** `end` is the last second worth showing, `duration` the audio's length; `audio` may be null. */
  constructor({ audio, duration, end, onTime, onState }) {
    Object.assign(this, { audio, duration, end, onTime, onState });
    this.time = 0;
    this.rate = 1;
    this.playing = false;
    this.word = null;
    this.frame = 0;
    this.anchor = null;
    audio?.addEventListener("ended", () => this.#free());
  }

  seek(seconds) {
    if (this.word) this.pause();
    this.time = Math.max(0, Math.min(this.end, seconds));
    if (this.audio) this.audio.currentTime = Math.min(this.time, this.duration);
    this.anchor = null;
    if (this.playing) this.#run();
    this.onTime(this.time);
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  /** Play from `from` to `until` and go back to `from`; what plays already goes on from there. */
  playWord(from, until) {
    const goesOn = this.playing && !this.word;
    this.seek(from);
    if (goesOn) return;
    this.play();
    this.word = { from, until };
  }

  play() {
    if (this.time >= this.end - 0.02) this.seek(0);
    this.playing = true;
    this.#run();
    this.onState(true);
  }

  pause() {
    this.playing = false;
    this.word = null;
    this.audio?.pause();
    cancelAnimationFrame(this.frame);
    this.onState(false);
  }

  speed(rate) {
    this.rate = rate;
    this.anchor = null;
    if (this.audio) this.audio.playbackRate = rate;
  }

  close() {
    this.pause();
    this.audio?.removeAttribute("src");
    this.audio?.load();
  }

  #run() {
    cancelAnimationFrame(this.frame);
    if (this.audio && this.time < this.duration && this.audio.paused) {
      this.audio.play().catch((error) => error.name !== "AbortError" && this.onState(this.playing, error));
    } else if (this.time >= this.duration) this.audio?.pause();
    this.frame = requestAnimationFrame((now) => this.#tick(now));
  }

  #tick(now) {
    if (!this.playing) return;
    if (this.audio && !this.audio.paused && !this.audio.error) {
      this.time = this.audio.currentTime;
      this.anchor = null;
    } else if (!this.audio || this.audio.error || this.time >= this.duration - 0.05) {
      this.anchor ??= { now, time: this.time };
      this.time = this.anchor.time + ((now - this.anchor.now) / 1000) * this.rate;
    }
    this.onTime(Math.min(this.time, this.end));
    if (this.word && this.time >= this.word.until) this.seek(this.word.from);
    else if (this.time >= this.end) this.pause();
    else this.frame = requestAnimationFrame((next) => this.#tick(next));
  }

  #free() {
    this.time = Math.max(this.time, this.duration);
    this.anchor = null;
  }
}
