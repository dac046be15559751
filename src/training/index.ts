/** @file The public names of training: recipes, the run, its events. */
export type { TrainingEvent } from "./events.ts";
export { loadRecipe, renderRecipe, resolveRecipe } from "./recipe.ts";
export type { Recipe, ResolvedRecipe } from "./recipe.ts";
export { train } from "./train.ts";
export type { TrainEffects } from "./train.ts";
