use seatkeeper_proto::v1::ViolationType;

use super::check;
use super::runner::Runner;
use crate::output::count;
use crate::{CliError, Exit, identifier};

const CUSTOMER: &str = "contoso";
/// Products and the number of seats to buy. The seats of the first product do not suffice.
const SEATS: [(&str, &str); 5] = [
    ("ENTERPRISEPACK", "8000"),
    ("MCOMEETADV", "9000"),
    ("WORKPLACE_ANALYTICS", "10000"),
    ("STANDARDPACK", "1500"),
    ("SPE_E5", "1500"),
];
/// The assignment for all users.
const EVERYBODY: [&str; 10] = [
    "assign",
    "--customer",
    CUSTOMER,
    "--product",
    "ENTERPRISEPACK",
    "--product",
    "MCOMEETADV",
    "--product",
    "WORKPLACE_ANALYTICS",
    "--all",
];

/// Runs all steps.
pub(super) async fn run(runner: &mut Runner<'_>) -> Result<(), CliError> {
    prepare(runner).await?;
    buy(runner).await?;
    assign_to_support(runner).await?;
    refuse_for_want_of_seats(runner).await?;
    assign_to_everybody(runner).await?;
    confirm(runner).await?;
    assign_again(runner).await?;
    swap(runner).await?;
    revoke(runner).await?;
    finish(runner).await
}

async fn prepare(runner: &mut Runner<'_>) -> Result<(), CliError> {
    let url = runner.url().to_owned();
    runner.step(
        "A server",
        "With an embedded database in a temporary directory, on a free port of this machine.",
    );
    runner.show(&["serve", "--listen", "127.0.0.1:0", "--data-dir", "data"]);
    runner.print(&format!("listening on {url}"));
    runner.step(
        "A catalog",
        "Products bundle service plans. Rules between plans: exclusions, dependencies and prohibited\n\
         locations. This catalog is a published one.",
    );
    let files = [
        "catalog",
        "import",
        "catalog.csv",
        "exclusions.csv",
        "dependencies.csv",
        "locations-sample.csv",
        "applies-to-sample.csv",
    ];
    runner.run(&files, Exit::Success).await?;
    runner
        .run(&["catalog", "show", "MCOMEETADV"], Exit::Success)
        .await?;
    runner.step(
        "A customer",
        "Contoso has 10,000 users in nine countries. Some have no usage location, and some are\n\
         blocked.",
    );
    let create = ["customers", "create", CUSTOMER, "--display-name", "Contoso"];
    runner.run_quietly(&create).await?;
    let import = ["users", "import", "users.csv", "--customer", CUSTOMER];
    runner.run(&import, Exit::Success).await?;
    let list = [
        "users",
        "list",
        "--customer",
        CUSTOMER,
        "--filter",
        "department = \"Sales\" AND usage_location = \"CH\"",
        "--order-by",
        "display_name",
        "--page-size",
        "3",
    ];
    runner.run(&list, Exit::Success).await
}

async fn buy(runner: &mut Runner<'_>) -> Result<(), CliError> {
    runner.step(
        "Seats",
        "Contoso buys seats, but fewer seats of Office 365 E3 (ENTERPRISEPACK) than it has users.",
    );
    for (product, seats) in SEATS {
        let purchase = [
            "entitlements",
            "purchase",
            "--customer",
            CUSTOMER,
            "--product",
            product,
            "--seats",
            seats,
        ];
        runner.run_quietly(&purchase).await?;
    }
    runner
        .run(
            &["entitlements", "list", "--customer", CUSTOMER],
            Exit::Success,
        )
        .await
}

async fn assign_to_support(runner: &mut Runner<'_>) -> Result<(), CliError> {
    runner.step(
        "A first assignment",
        "The users of Support get the smaller Office 365 E1.",
    );
    let assign = [
        "assign",
        "--customer",
        CUSTOMER,
        "--product",
        "STANDARDPACK",
        "--filter",
        "department = \"Support\"",
    ];
    runner.run(&assign, Exit::Partial).await?;
    let batch = check::newest_batch(&runner.session, CUSTOMER).await?;
    check::met(
        &batch,
        &[
            ViolationType::UserBlocked,
            ViolationType::UsageLocationMissing,
        ],
    )
}

async fn refuse_for_want_of_seats(runner: &mut Runner<'_>) -> Result<(), CliError> {
    runner.step(
        "All seats or none",
        "Now three products for all users. With require-all the server rejects the request before any\n\
         write if there are too few seats, and reports how many are missing.",
    );
    let mut words = EVERYBODY.to_vec();
    words.extend(["--mode", "per-license", "--shortage", "require-all"]);
    runner.run_refused(&words).await
}

async fn assign_to_everybody(runner: &mut Runner<'_>) -> Result<(), CliError> {
    runner.step(
        "The main job",
        "Assign in order until no seat is left, decide each product separately, and stream one result\n\
         per user after it is durable. Shown: the first results, and a few failures of each kind.",
    );
    let mut words = EVERYBODY.to_vec();
    words.extend(["--mode", "per-license", "--licenses"]);
    runner.run(&words, Exit::Partial).await?;
    let batch = check::newest_batch(&runner.session, CUSTOMER).await?;
    check::met(
        &batch,
        &[
            ViolationType::UserBlocked,
            ViolationType::UsageLocationMissing,
            ViolationType::ProhibitedInUsageLocation,
            ViolationType::MutuallyExclusive,
            ViolationType::DependencyMissing,
            ViolationType::SeatsExhausted,
        ],
    )?;
    check::seats_add_up(&runner.session, CUSTOMER).await
}

async fn confirm(runner: &mut Runner<'_>) -> Result<(), CliError> {
    runner.step(
        "The confirmation",
        "The batch does not depend on the connection: its results can be read at any time, all or\n\
         filtered, with the licenses of each user. The users of Support hold E1, which excludes E3.",
    );
    let batch = check::newest_batch(&runner.session, CUSTOMER).await?;
    let batch = identifier::last(&batch.name);
    let words = [
        "batches",
        "results",
        batch,
        "--customer",
        CUSTOMER,
        "--violation",
        "MUTUALLY_EXCLUSIVE",
        "--limit",
        "2",
    ];
    runner.run(&words, Exit::Success).await
}

async fn assign_again(runner: &mut Runner<'_>) -> Result<(), CliError> {
    runner.step(
        "A repeated batch with more seats",
        "The same change after buying the missing seats: users who hold the products are UNCHANGED and\n\
         take no seat; users without a seat get one now.",
    );
    let purchase = [
        "entitlements",
        "purchase",
        "--customer",
        CUSTOMER,
        "--product",
        "ENTERPRISEPACK",
        "--seats",
        "1000",
    ];
    runner.run_quietly(&purchase).await?;
    let mut words = EVERYBODY.to_vec();
    words.extend(["--mode", "per-license", "--show", "none"]);
    runner.run(&words, Exit::Partial).await?;
    let batch = check::newest_batch(&runner.session, CUSTOMER).await?;
    let summary = batch.summary.unwrap_or_default();
    let short = ViolationType::SeatsExhausted;
    if summary
        .violation_counts
        .iter()
        .any(|one| one.violation_type() == short)
    {
        let problem = "seats are short although enough were bought";
        return Err(CliError::Unexpected(problem.to_owned()));
    }
    Ok(())
}

async fn swap(runner: &mut Runner<'_>) -> Result<(), CliError> {
    runner.step(
        "A swap",
        "Engineering moves from Office 365 E3 to Microsoft 365 E5. Both sides are one change, decided\n\
         on the user's final state: no user loses both products, and no change applies in part.\n\
         E5 includes audio conferencing, which some countries prohibit: users there keep E3.",
    );
    let swap = [
        "assign",
        "--customer",
        CUSTOMER,
        "--product",
        "SPE_E5",
        "--revoke",
        "ENTERPRISEPACK",
        "--keep-plans",
        "--filter",
        "department = \"Engineering\"",
    ];
    runner.run(&swap, Exit::Partial).await?;
    let batch = check::newest_batch(&runner.session, CUSTOMER).await?;
    check::met(
        &batch,
        &[
            ViolationType::ProhibitedInUsageLocation,
            ViolationType::OtherChangeFailed,
        ],
    )?;
    runner.print("\nIn these countries the swap works with that service plan disabled:");
    let without_plan = [
        "assign",
        "--customer",
        CUSTOMER,
        "--product",
        "SPE_E5",
        "--disable-plan",
        "SPE_E5:MCOMEETADV",
        "--revoke",
        "ENTERPRISEPACK",
        "--filter",
        "department = \"Engineering\" AND state = ACTIVE AND (usage_location = \"IN\" OR usage_location = \"CN\")",
        "--licenses",
    ];
    runner.run(&without_plan, Exit::Success).await?;
    check::newest_batch(&runner.session, CUSTOMER).await?;
    Ok(())
}

async fn revoke(runner: &mut Runner<'_>) -> Result<(), CliError> {
    runner.step(
        "A revocation",
        "Finance no longer needs E3. Revoking E3 alone fails if another license needs it:",
    );
    let finance = [
        "--customer",
        CUSTOMER,
        "--filter",
        "department = \"Finance\"",
    ];
    let one = [&["revoke", "--product", "ENTERPRISEPACK"][..], &finance].concat();
    runner.run(&one, Exit::Partial).await?;
    let batch = check::newest_batch(&runner.session, CUSTOMER).await?;
    check::met(&batch, &[ViolationType::DependencyMissing])?;
    runner.print("\nRevoking it together with the licenses that need it succeeds:");
    let all = [
        &[
            "revoke",
            "--product",
            "ENTERPRISEPACK",
            "--product",
            "MCOMEETADV",
            "--product",
            "WORKPLACE_ANALYTICS",
        ][..],
        &finance,
        &["--licenses"],
    ]
    .concat();
    runner.run(&all, Exit::Success).await
}

async fn finish(runner: &mut Runner<'_>) -> Result<(), CliError> {
    runner.step(
        "The end",
        "All batches of the demonstration, and the seats:",
    );
    runner
        .run(&["batches", "list", "--customer", CUSTOMER], Exit::Success)
        .await?;
    runner
        .run(
            &["entitlements", "list", "--customer", CUSTOMER],
            Exit::Success,
        )
        .await?;
    check::seats_add_up(&runner.session, CUSTOMER).await?;
    let users = count(super::people::USER_COUNT.into());
    runner.print(&format!(
        "\nChecked for {users} users: each batch has exactly one result per user, the licenses held \
         equal\nthe seats assigned, and no seat is oversold."
    ));
    Ok(())
}
