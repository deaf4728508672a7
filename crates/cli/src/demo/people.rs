//! The users of the demonstration: the same in every run, and varied enough to violate each rule.

use std::fmt::Write as _;

/// Number of users of the customer.
pub(super) const USER_COUNT: u32 = 10_000;

const GIVEN: [&str; 24] = [
    "Ada", "Amir", "Bruno", "Chen", "Clara", "Daiki", "Elif", "Emma", "Hugo", "Ines", "Jonas",
    "Kavya", "Lea", "Liam", "Lucia", "Mei", "Mia", "Noah", "Olga", "Priya", "Rafael", "Sofia",
    "Tom", "Yuki",
];
const FAMILY: [&str; 25] = [
    "Almeida", "Berg", "Costa", "Dubois", "Evans", "Fischer", "Garcia", "Haas", "Iyer", "Jansen",
    "Keller", "Li", "Moreau", "Nakamura", "Olsen", "Patel", "Quinn", "Rossi", "Sato", "Silva",
    "Taylor", "Ueda", "Vogel", "Wang", "Zhou",
];
const DEPARTMENTS: [&str; 8] = [
    "Engineering",
    "Finance",
    "Legal",
    "Marketing",
    "Operations",
    "People",
    "Sales",
    "Support",
];
const TITLES: [&str; 4] = ["Assistant", "Specialist", "Manager", "Director"];
/// Countries, each with its share of the users in percent.
const COUNTRIES: [(&str, u32); 10] = [
    ("US", 24),
    ("DE", 13),
    ("IN", 12),
    ("GB", 11),
    ("FR", 10),
    ("BR", 8),
    ("CH", 7),
    ("CN", 7),
    ("JP", 6),
    ("", 2),
];
/// One user out of this number is blocked.
const BLOCKED_ONE_IN: u32 = 67;

/// The users as a CSV file for `seatkeeper users import`.
pub(super) fn csv() -> String {
    let mut dice = Dice(2_026);
    let header = "user_id,sign_in_name,display_name,department,job_title,usage_location,state";
    (1..=USER_COUNT).fold(header.to_owned(), |mut text, number| {
        let given = dice.pick(&GIVEN);
        let family = dice.pick(&FAMILY);
        let department = dice.pick(&DEPARTMENTS);
        let title = dice.pick(&TITLES);
        let country = dice.country();
        let state = if dice.roll(BLOCKED_ONE_IN) == 0 {
            "blocked"
        } else {
            "active"
        };
        let id = format!("{given}.{family}.{number}").to_lowercase();
        let _infallible = write!(
            text,
            "\n{id},{id}@contoso.example,{given} {family},{department},{title},{country},{state}"
        );
        text
    })
}

/// A deterministic sequence of numbers that looks random.
struct Dice(u32);

impl Dice {
    /// The next number; at least 0 and less than `sides`.
    fn roll(&mut self, sides: u32) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) % sides
    }

    fn pick(&mut self, words: &[&'static str]) -> &'static str {
        let index = self.roll(u32::try_from(words.len()).unwrap_or(1));
        words[index as usize]
    }

    fn country(&mut self) -> &'static str {
        let mut rest = self.roll(100);
        for (country, share) in COUNTRIES {
            if rest < share {
                return country;
            }
            rest -= share;
        }
        ""
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_are_shared_out_among_a_hundred() {
        let total: u32 = COUNTRIES.iter().map(|(_, share)| share).sum();
        assert_eq!(total, 100);
    }

    #[test]
    fn every_user_is_there_once_and_the_same_each_time() {
        let text = csv();
        let ids: std::collections::HashSet<_> = text
            .lines()
            .skip(1)
            .filter_map(|line| line.split(',').next())
            .collect();
        assert_eq!(ids.len(), USER_COUNT as usize);
        assert_eq!(text, csv());
    }
}
