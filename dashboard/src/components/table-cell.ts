/** How a cell and the head of its column look. */
export const cellLook = (column: { align?: 'right'; wide?: boolean }) => [
  'flex min-w-0 items-center gap-2 truncate',
  column.align === 'right' && 'justify-end text-right',
  column.wide && 'max-md:hidden',
]
