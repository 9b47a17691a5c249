/** Colours of the tokens as a canvas wants them; read again when the theme changes. */
export function readColours<T extends string>(host: HTMLElement, tokens: readonly T[]): Record<T, string> {
  const probe = host.appendChild(document.createElement('i'))
  const entries = tokens.map((token) => {
    probe.style.color = `var(--${token})`
    return [token, getComputedStyle(probe).color] as const
  })
  probe.remove()
  return Object.fromEntries(entries) as Record<T, string>
}
