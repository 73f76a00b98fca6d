// What the lab has beside the hands: the click, and the blow in slow motion.

/** A click like a pin that sets: a few milliseconds of filtered noise. Off until asked for. */
export class Sound {
  on = false;
  toggle(on) {
    this.on = on;
    if (on && !this.context && window.AudioContext) {
      this.context = new AudioContext();
      const length = Math.round(this.context.sampleRate * 0.012);
      this.noise = this.context.createBuffer(1, length, this.context.sampleRate);
      const data = this.noise.getChannelData(0);
      for (let i = 0; i < length; i += 1) data[i] = (Math.random() * 2 - 1) * (1 - i / length) ** 3;
    }
    this.context?.resume?.();
  }
  click(open) {
    if (!this.on) return;
    navigator.vibrate?.(open ? 60 : 12);
    if (!this.context) return;
    const source = this.context.createBufferSource();
    source.buffer = this.noise;
    const filter = this.context.createBiquadFilter();
    filter.type = "bandpass";
    filter.frequency.value = open ? 900 : 2600;
    const gain = this.context.createGain();
    gain.gain.value = open ? 0.9 : 0.5;
    source.connect(filter).connect(gain).connect(this.context.destination);
    source.start();
  }
}

/** Plays a film of a blow in the side view: by itself, or by the slider alone where motion is not wanted. */
export class Film {
  constructor(root, draw, done, still) {
    this.box = root.querySelector("#film");
    this.slider = root.querySelector("#film-at");
    this.clock = root.querySelector("#film-clock");
    this.draw = draw;
    this.done = done;
    this.still = still;
    this.slider.addEventListener("input", () => { this.playing = false; this.show(Number(this.slider.value)); });
    root.querySelector("#film-play").addEventListener("click", () => {
      if (Number(this.slider.value) >= this.last) this.slider.value = 0;
      this.play();
    });
    root.querySelector("#film-end").addEventListener("click", () => this.end());
  }

  load(film, hello, rate) {
    this.film = film;
    this.rate = rate;
    this.least = Math.min(...hello.gap);
    this.hello = hello;
    this.last = film.plug.length - 1;
    this.slider.max = this.last;
    this.slider.value = 0;
    this.box.hidden = false;
    if (this.still) this.show(0); else this.play();
  }

  play() {
    this.playing = true;
    let before = performance.now();
    let at = Number(this.slider.value);
    const step = (now) => {
      if (!this.playing || !this.film) return;
      // rate: how many times slower than life
      at += (now - before) / this.rate / this.film.step_ms;
      before = now;
      this.slider.value = Math.min(this.last, at);
      this.show(Math.min(this.last, Math.floor(at)));
      if (at < this.last) requestAnimationFrame(step); else this.playing = false;
    };
    requestAnimationFrame(step);
  }

  show(k) {
    const { film, hello } = this;
    const y = film.plug[k] + this.least;
    const held = film.held;
    const state = film.stacks.map((stack, i) => {
      const driver = stack.driver[k], key = stack.key_pin[k];
      const apart = driver >= stack.rise - 1e-6 && key <= stack.rise + 1e-6;
      const play = hello.gap[i] - y;
      return { l: Math.min(driver + held, hello.travel), k: Math.min(key + held, hello.travel), apart, play };
    });
    const open = film.opened && k === this.last;
    this.draw({
      y, o: open, tip: null,
      p: state.map((one) => (one.apart ? 2 : Math.max(0, one.play))),
      s: state.map((one) => (one.apart ? (one.play < 0 ? "s" : "u") : one.play < 0.001 ? "b" : "r")).join(""),
    }, { l: state.map((one) => one.l), k: state.map((one) => one.k), y, tip: 0 });
    const apart = state.filter((one) => one.apart).length;
    const ms = (k * film.step_ms).toFixed(2);
    this.clock.textContent = `${ms} ms: ${apart} of ${state.length} stacks apart`;
    this.slider.setAttribute("aria-valuetext", this.clock.textContent);
  }

  end() {
    this.playing = false;
    this.film = null;
    this.box.hidden = true;
    this.done();
  }
}
