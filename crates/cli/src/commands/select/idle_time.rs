use prost_types::Duration;

/// Parses a time such as `90s`, `45m`, `12h` or `7d`.
pub(super) fn parse(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no time such as 45m, 12h or 7d");
    let unit = text.chars().next_back().ok_or_else(wrong)?;
    let seconds_per_unit: i64 = match unit {
        's' => 1,
        'm' => 60,
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        _ => return Err(wrong()),
    };
    let number = &text[..text.len() - unit.len_utf8()];
    let number: u32 = number.parse().map_err(|_| wrong())?;
    Ok(Duration {
        seconds: i64::from(number) * seconds_per_unit,
        nanos: 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_number_and_a_unit() {
        let seconds = |text: &str| parse(text).ok().map(|time| time.seconds);
        assert_eq!(seconds("90s"), Some(90));
        assert_eq!(seconds("45m"), Some(2_700));
        assert_eq!(seconds("12h"), Some(43_200));
        assert_eq!(seconds("7d"), Some(604_800));
        for wrong in ["", "h", "12", "1.5h", "-1h", "1ü"] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
    }
}
