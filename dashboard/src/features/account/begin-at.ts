/**
 * Opens a page with the session that was just made. It is loaded whole: what this one knows was told to nobody, or to
 * somebody else, and the page would send people back to where they signed in.
 */
export const beginAt = (path: string) => location.replace(path)
