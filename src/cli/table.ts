/** @file Rows of cells → lines with aligned columns. */

export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
}

/** Styles one padded cell (colour only: it must not change the visible width). */
export type CellStyle = (padded: string, row: number, column: number) => string;

/** Columns two spaces apart, titles first; no line ends in blanks. */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  style: CellStyle = (padded) => padded,
): string {
  const widths = columns.map(({ title }, at) =>
    rows.reduce((width, row) => Math.max(width, row[at]!.length), title.length),
  );
  const line = (cells: readonly string[], row: number): string => {
    const padded = cells.map((cell, at) =>
      columns[at]!.align === "right" ? cell.padStart(widths[at]!) : padLeftAligned(cell, widths, at),
    );
    return padded
      .map((cell, at) => (row < 0 ? cell : style(cell, row, at)))
      .join("  ")
      .trimEnd();
  };
  const titles = columns.map(({ title }) => title);
  return [line(titles, -1), ...rows.map((row, at) => line(row, at))].map((text) => `${text}\n`).join("");
}

function padLeftAligned(cell: string, widths: readonly number[], at: number): string {
  return at === widths.length - 1 ? cell : cell.padEnd(widths[at]!);
}
