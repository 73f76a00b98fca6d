//! PICS: which optional parts a device claims to have, and the expressions over them that guard test steps.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Context;

/// Claims by name. What is not named is not claimed.
pub struct Pics {
    claims: HashMap<String, bool>,
}

/// The lock has fingerprint credentials besides what the published claims say; no other claim is touched.
const BESIDES: [(&str, bool); 1] = [("DRLK.S.F02", true)];

impl Pics {
    /// Reads a `NAME=0|1` file.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        Ok(Self::parse(&text))
    }

    fn parse(text: &str) -> Self {
        let pairs = text.lines().filter_map(|line| line.trim().split_once('='));
        let mut claims: HashMap<String, bool> =
            pairs.map(|(name, value)| (name.trim().to_owned(), value.trim() == "1")).collect();
        claims.extend(BESIDES.iter().map(|(name, value)| ((*name).to_owned(), *value)));
        Self { claims }
    }

    /// Whether a single claim is made.
    pub fn claims(&self, name: &str) -> bool {
        self.claims.get(name).copied().unwrap_or(false)
    }

    /// Whether an expression of names, `!`, `&&`, `||` and parentheses holds.
    ///
    /// # Errors
    /// When it is not one.
    pub fn holds(&self, expression: &str) -> Result<bool, String> {
        let tokens = tokens(expression);
        let mut at = 0;
        let value = self.any(&tokens, &mut at)?;
        if at == tokens.len() {
            Ok(value)
        } else {
            Err(format!("cannot read the PICS expression {expression:?}"))
        }
    }

    fn any(&self, tokens: &[String], at: &mut usize) -> Result<bool, String> {
        let mut value = self.all(tokens, at)?;
        while tokens.get(*at).is_some_and(|t| t == "||") {
            *at += 1;
            value |= self.all(tokens, at)?;
        }
        Ok(value)
    }

    fn all(&self, tokens: &[String], at: &mut usize) -> Result<bool, String> {
        let mut value = self.one(tokens, at)?;
        while tokens.get(*at).is_some_and(|t| t == "&&") {
            *at += 1;
            value &= self.one(tokens, at)?;
        }
        Ok(value)
    }

    fn one(&self, tokens: &[String], at: &mut usize) -> Result<bool, String> {
        let token = tokens.get(*at).ok_or("a PICS expression ends too soon")?;
        *at += 1;
        match token.as_str() {
            "!" => Ok(!self.one(tokens, at)?),
            "(" => {
                let value = self.any(tokens, at)?;
                if tokens.get(*at).is_none_or(|t| t != ")") {
                    return Err("a PICS expression misses a )".to_owned());
                }
                *at += 1;
                Ok(value)
            }
            name if name.starts_with(|c: char| c.is_alphanumeric()) => Ok(self.claims(name)),
            other => Err(format!("{other:?} is out of place in a PICS expression")),
        }
    }
}

fn tokens(expression: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut chars = expression.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '(' | ')' | '!' => tokens.push(c.to_string()),
            '&' | '|' => {
                // a doubled sign is one token; a single one stays alone and is refused later
                let doubled = chars.next_if_eq(&c).is_some();
                tokens.push(if doubled { format!("{c}{c}") } else { c.to_string() });
            }
            c if c.is_whitespace() => {}
            c => {
                let mut name = c.to_string();
                while let Some(c) = chars.next_if(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-')) {
                    name.push(c);
                }
                tokens.push(name);
            }
        }
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_bind_as_written() {
        let pics = Pics::parse("A=1\nB.C=0\n# note\nD=1\n");
        for (expression, expected) in [
            ("A", true),
            ("!A || D", true),
            ("A && B.C || D", true),
            ("A && (B.C || !D)", false),
            (" ( !B.C ) && A", true),
            ("UNKNOWN", false),
        ] {
            assert_eq!(pics.holds(expression), Ok(expected), "{expression}");
        }
        for wrong in ["", "A &", "(A", "A B", "&& A"] {
            assert!(pics.holds(wrong).is_err(), "{wrong:?}");
        }
    }
}
