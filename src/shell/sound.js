const TONE = 0.13; // seconds
const LOUDNESS = 0.08;
const PATIENCE = 1000; // ms

// Two soft tones, the second a fourth above the first. Before the visitor has
// done something the browser forbids it, and would warn.
export const chime = () => {
  if (navigator.userActivation?.hasBeenActive === false) return;
  const context = new AudioContext();
  [660, 880].forEach((pitch, i) => {
    const tone = context.createOscillator();
    const loudness = context.createGain();
    const start = i * TONE;
    tone.frequency.value = pitch;
    loudness.gain.setValueAtTime(0, start);
    loudness.gain.linearRampToValueAtTime(LOUDNESS, start + 0.02);
    loudness.gain.linearRampToValueAtTime(0, start + TONE);
    tone.connect(loudness).connect(context.destination);
    tone.start(start);
    tone.stop(start + TONE);
  });
  // One that was not allowed to begin must not be heard later.
  setTimeout(() => context.close(), PATIENCE);
};
