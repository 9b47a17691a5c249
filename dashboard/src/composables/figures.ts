/** A count with commas between the thousands: "12,345". Without the browser's own format, for the reason that time.ts gives. */
export const grouped = (count: number) => String(count).replaceAll(/\B(?=(\d{3})+$)/g, ',')

/** The same with gaps, for places in the log: "12 345". */
export const spaced = (count: number) => grouped(count).replaceAll(',', ' ')
