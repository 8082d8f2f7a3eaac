import { readFileSync } from 'node:fs';
import ts from 'typescript';

/**
 * Vite plugin: `import('…/lossSpike.ts?constant=TALL_RATIO&times=10')` loads a module in which the named constant at
 * its top is ten times as large. Whole numbers stay whole.
 */
export function mutateConstants() {
  return {
    name: 'evenkeel:mutate-constants',
    enforce: 'pre',
    load(id) {
      const [file, query] = id.split('?');
      const parameters = new URLSearchParams(query);
      const constant = parameters.get('constant');
      if (constant === null) {
        return undefined;
      }
      const source = withConstantScaled(readFileSync(file, 'utf8'), constant, Number(parameters.get('times')));
      // With the query behind it, the file's name no longer says that it holds TypeScript.
      return ts.transpile(source, { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext });
    },
  };
}

/**
 * The source with one of its top-level or imported constants scaled.
 * @throws Error when there is no such constant
 */
export function withConstantScaled(source, name, times) {
  const tree = ts.createSourceFile('module.ts', source, ts.ScriptTarget.Latest, true);
  const scaled = (value) => `((it) => Number.isInteger(it) ? Math.round(it * ${times}) : it * ${times})(${value})`;
  for (const statement of tree.statements) {
    const declared = declaredIn(statement, name);
    if (declared !== undefined) {
      return replaced(source, declared, scaled(declared.getText()));
    }
    const imported = importedIn(statement, name);
    if (imported !== undefined) {
      const original = `${name}_AS_IT_IS`;
      const after = `${source.slice(0, statement.end)}\nconst ${name} = ${scaled(original)};${source.slice(statement.end)}`;
      return replaced(after, imported, `${imported.propertyName?.text ?? name} as ${original}`);
    }
  }
  throw new Error(`no constant ${name} at the top of the module`);
}

function declaredIn(statement, name) {
  return ts.isVariableStatement(statement)
    ? statement.declarationList.declarations.find((declaration) => declaration.name.getText() === name)?.initializer
    : undefined;
}

function importedIn(statement, name) {
  const bindings = ts.isImportDeclaration(statement) ? statement.importClause?.namedBindings : undefined;
  return bindings !== undefined && ts.isNamedImports(bindings)
    ? bindings.elements.find((element) => element.name.text === name)
    : undefined;
}

function replaced(source, node, text) {
  return source.slice(0, node.getStart()) + text + source.slice(node.getEnd());
}
