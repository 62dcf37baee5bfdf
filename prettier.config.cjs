/** @type {import('prettier').Config} */

const config = {
    // Named by path: prettier looks for plugins beside the project, not beside itself
    plugins: [require.resolve("@prettier/plugin-xml")],
    bracketSpacing: false,
    printWidth: 88,
    proseWrap: "always",
    semi: true,
    trailingComma: "es5",
    xmlWhitespaceSensitivity: "strict",
};

module.exports = config;
