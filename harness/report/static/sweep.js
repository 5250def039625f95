/** The page of a sweep: everything on it is text already. */

import { startTheme } from "./theme.js";
import { startTips } from "./tips.js";

startTheme();
startTips();
document.documentElement.dataset.ready = "true";
