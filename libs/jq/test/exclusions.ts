/**
 * Cases of jq.test that this engine does not pass on purpose, by the program's text, each with its reason.
 */
const MODULES = 'modules are read from a file system, which a program here never sees';

export const EXCLUSIONS: ReadonlyMap<string, string> = new Map([
  ['import "a" as foo; import "b" as bar; def fooa: foo::a; [fooa, bar::a, bar::b, foo::a]', MODULES],
  ['import "c" as foo; [foo::a, foo::c]', MODULES],
  ['include "c"; [a, c]', MODULES],
  [
    'import "data" as $e; import "data" as $d; [$d[].this,$e[].that,$d::d[].this,$e::e[].that]|join(";")',
    MODULES,
  ],
  ['import "data" as $a; import "data" as $b; def f: {$a, $b}; f', MODULES],
  ['include "shadow1"; e', MODULES],
  ['include "shadow1"; include "shadow2"; e', MODULES],
  ['import "shadow1" as f; import "shadow2" as f; import "shadow1" as e; [e::e, f::e]', MODULES],
  ['modulemeta', MODULES],
  ['modulemeta | .deps | length', MODULES],
  ['modulemeta | .defs | length', MODULES],
  ['import "test_bind_order" as check; check::check', MODULES],
]);

/** More exclusions than this would mean that the engine is not jq. */
export const EXCLUSIONS_MAX = 25;
