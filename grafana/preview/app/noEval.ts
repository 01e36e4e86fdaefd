// Before everything else: zod, in @grafana/data, would try whether the page may compile code.
(globalThis as { __zod_globalConfig?: object }).__zod_globalConfig = { jitless: true };
