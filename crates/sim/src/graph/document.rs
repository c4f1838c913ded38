//! Reading a GraphQL query, and refusing what the schema does not know, in graph-node's words.
//!
//! One operation of named or unnamed kind; fragments and directives are not served, because the program
//! under test sends none. Pure.

use std::collections::BTreeMap;

use graphql_parser::query::{self, Definition, OperationDefinition};
use graphql_parser::schema::Value as Literal;
use serde_json::{Map, Value};

use super::schema::{self, Holds};

/// A field that is asked for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Selection {
    /// Its name in the answer: the alias, where it has one.
    pub(super) key: String,
    /// Its name in the schema.
    pub(super) name: String,
    pub(super) arguments: BTreeMap<String, Value>,
    pub(super) fields: Vec<Selection>,
}

/// The fields of the query root that a document asks for.
///
/// # Errors
/// The message of graph-node for what is wrong with it.
pub(super) fn read(
    document: &str,
    variables: &Map<String, Value>,
) -> Result<Vec<Selection>, String> {
    let document = query::parse_query::<String>(document)
        .map_err(|error| format!("bad query: {}", one_line(&error.to_string())))?;
    let mut operations = document.definitions.into_iter();
    let set = match (operations.next(), operations.next()) {
        (Some(Definition::Operation(OperationDefinition::SelectionSet(set))), None) => set,
        (Some(Definition::Operation(OperationDefinition::Query(query))), None) => {
            query.selection_set
        }
        _ => return Err("bad query: one query, without fragments, is served here".to_owned()),
    };
    fields(schema::QUERY, set, variables)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn fields(
    of: &'static str,
    set: query::SelectionSet<'_, String>,
    variables: &Map<String, Value>,
) -> Result<Vec<Selection>, String> {
    let mut selected: Vec<Selection> = Vec::new();
    for item in set.items {
        let query::Selection::Field(asked) = item else {
            return Err("bad query: fragments are not served here".to_owned());
        };
        let name = asked.name;
        let holds = schema::field(of, &name)
            .ok_or_else(|| format!("Cannot query field \"{name}\" on type \"{of}\"."))?;
        let mut arguments = BTreeMap::new();
        for (argument, literal) in asked.arguments {
            if !schema::takes(of, &name, &argument) {
                return Err(format!(
                    "Unknown argument \"{argument}\" on field \"{of}.{name}\"."
                ));
            }
            arguments.insert(argument, value(literal, variables)?);
        }
        check(&name, &arguments)?;
        let fields = match holds {
            Holds::Leaf if asked.selection_set.items.is_empty() => Vec::new(),
            Holds::Leaf => {
                return Err(format!(
                    "Field \"{name}\" must not have a selection since its type has no subfields."
                ));
            }
            Holds::Object(_) if asked.selection_set.items.is_empty() => {
                return Err(format!(
                    "Field \"{name}\" of type \"{of}\" must have a selection of subfields."
                ));
            }
            Holds::Object(kind) => fields(kind, asked.selection_set, variables)?,
        };
        let selection = Selection {
            key: asked.alias.unwrap_or_else(|| name.clone()),
            name,
            arguments,
            fields,
        };
        // The same thing twice is one thing; two things under one name are a mistake.
        match selected.iter().find(|other| other.key == selection.key) {
            Some(same) if *same == selection => {}
            Some(other) => {
                return Err(format!(
                    "Fields conflict because they are under the same name \"{}\". Use different \
                     aliases on the fields to fetch both if this was intentional.",
                    other.key
                ));
            }
            None => selected.push(selection),
        }
    }
    Ok(selected)
}

/// Bounds and filters of a list.
fn check(list: &str, arguments: &BTreeMap<String, Value>) -> Result<(), String> {
    for (argument, most) in [("first", 1_000), ("skip", 5_000)] {
        if let Some(value) = arguments.get(argument) {
            let number = value.as_i64().ok_or_else(|| {
                format!("Invalid value provided for argument `{argument}`: {value}")
            })?;
            if !(0..=most).contains(&number) {
                return Err(format!(
                    "The `{argument}` argument must be between 0 and {most}, but is {number}"
                ));
            }
        }
    }
    if let Some(filter) = arguments.get("where") {
        let filter = filter
            .as_object()
            .ok_or_else(|| format!("Invalid value provided for argument `where`: {filter}"))?;
        if let Some(key) = filter.keys().find(|key| !schema::filters(list, key)) {
            return Err(format!(
                "Invalid value provided for argument `where`: unknown field \"{key}\""
            ));
        }
    }
    Ok(())
}

fn value(literal: Literal<'_, String>, variables: &Map<String, Value>) -> Result<Value, String> {
    Ok(match literal {
        Literal::Variable(name) => variables
            .get(&name)
            .cloned()
            .ok_or_else(|| format!("No value provided for required argument: `{name}`"))?,
        Literal::Int(number) => number.as_i64().into(),
        Literal::Float(number) => number.into(),
        Literal::String(text) | Literal::Enum(text) => text.into(),
        Literal::Boolean(flag) => flag.into(),
        Literal::Null => Value::Null,
        Literal::List(items) => items
            .into_iter()
            .map(|item| value(item, variables))
            .collect::<Result<Vec<_>, _>>()?
            .into(),
        Literal::Object(entries) => entries
            .into_iter()
            .map(|(key, item)| Ok((key, value(item, variables)?)))
            .collect::<Result<Map<_, _>, String>>()?
            .into(),
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn refusal(document: &str) -> String {
        read(document, &Map::new()).unwrap_err()
    }

    #[test]
    fn a_query_with_aliases_and_variables_is_read() {
        let variables = serde_json::json!({"first": 5}).as_object().unwrap().clone();
        let text = "query Poll($first: Int) { one: tokens(first: $first, where: {id_in: [\"0x1\"]}) { id } \
                    two: tokens { id } _meta { block { number } } }";
        let read = read(text, &variables).unwrap();
        let keys: Vec<_> = read.iter().map(|field| field.key.as_str()).collect();
        assert_eq!(keys, ["one", "two", "_meta"]);
        let first = read.first().unwrap().arguments.get("first");
        assert_eq!(first, Some(&Value::from(5)));
    }

    #[test]
    fn what_the_schema_does_not_know_is_refused_in_the_servers_words() {
        for (document, words) in [
            (
                "{ tokens { price } }",
                "Cannot query field \"price\" on type \"Token\".",
            ),
            (
                "{ token(id: \"0x1\", name: \"x\") { id } }",
                "Unknown argument \"name\" on field \"Query.token\".",
            ),
            (
                "{ tokens(first: 1001) { id } }",
                "The `first` argument must be between 0 and 1000, but is 1001",
            ),
            (
                "{ tokens(skip: 6000) { id } }",
                "The `skip` argument must be between 0 and 5000, but is 6000",
            ),
            (
                "{ tokenHourDatas(where: {symbol: \"X\"}) { id } }",
                "Invalid value provided for argument `where`: unknown field \"symbol\"",
            ),
        ] {
            assert_eq!(refusal(document), words, "{document}");
        }
        for (document, begin) in [
            ("{ a: tokens { id } a: bundles { id } }", "Fields conflict"),
            ("{ tokens }", "Field \"tokens\""),
            ("{ tokens { id { x } } }", "Field \"id\""),
            ("{ tokens(first: $n) { id } }", "No value provided"),
            ("{ tokens(", "bad query: "),
            ("mutation { x }", "bad query: "),
        ] {
            assert!(
                refusal(document).starts_with(begin),
                "{document}: {}",
                refusal(document)
            );
        }
    }
}
