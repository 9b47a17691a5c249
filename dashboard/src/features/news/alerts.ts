/** What the browser lets us do beyond the page. */
export type Desktop = 'on' | 'ask' | 'denied' | 'insecure' | 'none'

/** Whether notifications of the desktop can be shown, must be allowed first, or cannot be had at all. */
export function desktopNow(): Desktop {
  if (!window.isSecureContext) return 'insecure'
  if (!('Notification' in window)) return 'none'
  const { permission } = Notification
  return permission === 'granted' ? 'on' : permission === 'denied' ? 'denied' : 'ask'
}

/** Shows one notification; `tag` lets the desktop replace an older one about the same. A click brings the page forward. */
export function showOnDesktop({ title, body, tag, open }: { title: string; body: string; tag: string; open(): void }) {
  if (desktopNow() !== 'on') return
  try {
    const shown = new Notification(title, { body, tag })
    shown.onclick = () => {
      window.focus()
      shown.close()
      open()
    }
  } catch {
    // Browsers of phones allow it only to a service worker; the list has the note.
  }
}

/** A short tone, lower for trouble. Silent where the browser wants a click on the page before it lets it sound. */
export async function sound(trouble: boolean): Promise<void> {
  const audio = new AudioContext()
  await Promise.race([audio.resume(), new Promise((done) => setTimeout(done, 300))])
  if (audio.state !== 'running') return audio.close()
  const [tone, volume] = [audio.createOscillator(), audio.createGain()]
  const end = audio.currentTime + 0.35 // s
  tone.frequency.value = trouble ? 392 : 659 // Hz
  volume.gain.setValueAtTime(0.12, audio.currentTime)
  volume.gain.exponentialRampToValueAtTime(0.001, end)
  tone.connect(volume).connect(audio.destination)
  tone.onended = () => void audio.close()
  tone.start()
  tone.stop(end)
}
