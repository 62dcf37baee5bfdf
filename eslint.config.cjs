const globals = require("globals");
const jsdoc = require("eslint-plugin-jsdoc");

// What must not be in the addons' JavaScript. The form is prettier's business.
const forbidden = [
    "init-declarations",
    "no-cond-assign",
    "no-const-assign",
    "no-debugger",
    "no-dupe-args",
    "no-dupe-class-members",
    "no-dupe-keys",
    "no-duplicate-case",
    "no-duplicate-imports",
    "no-empty-function",
    "no-empty-pattern",
    "no-eq-null",
    "no-eval",
    "no-ex-assign",
    "no-func-assign",
    "no-global-assign",
    "no-lonely-if",
    "no-return-assign",
    "no-undef",
    "no-unneeded-ternary",
    "no-unreachable",
    "no-unsafe-finally",
    "no-unused-expressions",
    "no-unused-labels",
    "no-unused-vars",
    "no-use-before-define",
    "use-isnan",
];

// What deserves a second look.
const doubtful = [
    "array-callback-return",
    "constructor-super",
    "dot-notation",
    "eqeqeq",
    "max-depth",
    "max-nested-callbacks",
    "no-alert",
    "no-constant-condition",
    "no-else-return",
    "no-empty",
    "no-extend-native",
    "no-extra-bind",
    "no-fallthrough",
    "no-implicit-globals",
    "no-implied-eval",
    "no-new",
    "no-new-func",
    "no-param-reassign",
    "no-prototype-builtins",
    "no-redeclare",
    "no-self-assign",
    "no-self-compare",
    "no-shadow",
    "no-sparse-arrays",
    "no-this-before-super",
    "no-throw-literal",
    "no-useless-concat",
    "no-useless-constructor",
    "no-useless-escape",
    "no-useless-rename",
    "prefer-const",
    "radix",
    "valid-typeof",
    "yoda",
    "jsdoc/check-tag-names",
    "jsdoc/check-types",
];

const named = (rules, severity) => Object.fromEntries(rules.map((rule) => [rule, severity]));

module.exports = [
    {
        plugins: {jsdoc},
        languageOptions: {
            globals: {luxon: "readonly", odoo: "readonly", owl: "readonly", ...globals.browser},
            ecmaVersion: 2024,
            sourceType: "script",
        },
        rules: {
            ...named(forbidden, "error"),
            ...named(doubtful, "warn"),
            complexity: ["warn", 15],
            "operator-assignment": ["error", "always"],
            "spaced-comment": ["error", "always"],
            strict: ["error", "function"],
        },
        settings: {
            jsdoc: {
                preferredTypes: {
                    array: "Array",
                    bool: "Boolean",
                    boolean: "Boolean",
                    number: "Number",
                    object: "Object",
                    string: "String",
                },
            },
        },
    },
    {
        // Odoo serves everything below static/ as modules
        files: ["**/static/**/*.js"],
        languageOptions: {sourceType: "module"},
    },
    {
        files: ["**/*.cjs"],
        languageOptions: {globals: globals.node, sourceType: "commonjs"},
    },
];
