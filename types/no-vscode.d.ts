// Deliberately not a module: layers that must not know the editor find this file behind the name `vscode`.
