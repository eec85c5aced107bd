// SPDX-License-Identifier: Apache-2.0
// The pages for admins, loaded together when the first of them is opened.
export { AccountsPage } from "./accounts";
export { AuditPage } from "./audit";
export { ModelsPage } from "./models";
export { SystemPage } from "./system";
