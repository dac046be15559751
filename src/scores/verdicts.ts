/** @file Gold and predicted mentions of one document → exactly one verdict for each: right, or which kind of error. */

/** "boundary": same type, other span; "type": same span, other type; "boundary-type": overlap, both differ. */
export const errorClasses = ["correct", "type", "boundary", "boundary-type", "missed", "spurious"] as const;
export type ErrorClass = (typeof errorClasses)[number];

/** How the predicted span lies to the gold one: holds it, lies inside of it, or neither. */
export type Extent = "too-long" | "too-short" | "shifted";
