/** @file The public names of the hub: pulling models into the usual cache, and finding them there. */
export { builtinFolder, builtinModels } from "./builtin-models.ts";
export { type Pulled, type PulledFile, pullModel, type PullRequest } from "./pull.ts";
export { isRepositoryName } from "./repository.ts";
export { resolveModel, type ResolveOptions } from "./resolve-model.ts";
export { type Environment, hubSettings, type HubSettings } from "./settings.ts";
