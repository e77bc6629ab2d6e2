"""The facts of a planned world. Moments are seconds since 1970, UTC."""

from msgspec import Struct, field

from backtrail_worlds.addresses import Block


class Victim(Struct, frozen=True):
    """Who was hit: invented. Internal hosts are `(name, address)`."""

    name: str
    short: str
    domain: str
    sector: str
    country: str
    english: bool
    hosts: tuple[tuple[str, str], ...]
    users: tuple[str, ...]
    outside: str


class Registrant(Struct, frozen=True):
    """Whoever is named in a registration; `misspelt` stands in the records of `slips` of his zones."""

    name: str
    misspelt: str
    email: str
    phone: str
    street: str
    city: str
    country: str
    handle: str = ""
    slips: int = 0


class Zone(Struct):
    """A registered domain. `slip` when its record has the misspelt name; `parent` when it is a dynamic-DNS parent."""

    name: str
    theme: str
    group: str
    registrant: Registrant
    created: int
    expires: int
    slip: bool = False


class Certificate(Struct, frozen=True):
    """An X.509 certificate as logs show it."""

    serial: str
    sha1: str
    sha256: str
    subject: str
    issuer: str
    not_before: int
    not_after: int


class Use(Struct, frozen=True):
    """A member (by its number in the world) that talks to a server, from when to when."""

    member: int
    first: int
    last: int


class Server(Struct):
    """Something of an adversary that listens; `names` are the host names that pointed to it.

    Attributes:
        link: Whether it is a planned link between two members.
        anchor: Whether a member's first or last activity is here: somebody's responder lists it.
    """

    address: str
    port: int
    kind: str
    country: str
    group: str
    first: int
    last: int
    uses: list[Use] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    certificate: Certificate | None = None
    link: bool = False
    anchor: bool = False
    early: bool = False
    also: str = ""


class Resolution(Struct, frozen=True):
    """A name that pointed to an address."""

    name: str
    address: str
    first: int
    last: int
    group: str


class Family(Struct, frozen=True):
    """A malware family and what every sample of it carries. `kind`: web, backdoor, utility or public."""

    name: str
    kind: str
    group: str
    mutexes: tuple[str, ...]
    password: str
    key: str
    language: str
    strings: tuple[str, ...]
    file_names: tuple[str, ...]
    pdb: str
    first: int
    yara_only: bool = False


class Sample(Struct, frozen=True):
    """One file."""

    md5: str
    sha1: str
    sha256: str
    size: int
    compiled: int
    imphash: str
    family: str
    file_name: str
    pdb: str
    campaign: str
    group: str


class Contact(Struct, frozen=True):
    """Traffic of a victim with a server.

    Attributes:
        known: Whether the victim's responder lists it.
        sent: Bytes that left in all; 0 for mere beacons.
        stolen: Whether `sent` is theft.
    """

    domain: str
    address: str
    port: int
    kind: str
    first: int
    last: int
    count: int
    group: str
    known: bool = False
    agent: str = ""
    path: str = ""
    certificate: Certificate | None = None
    sent: int = 0
    stolen: bool = False


class Drop(Struct, frozen=True):
    """A file that appeared at a victim. `known`: how the responder has it, `triage`, `finding`, `yara` or not."""

    sample: Sample
    moment: int
    folder: str
    host: int
    known: str = ""
    source: str = ""


class Command(Struct, frozen=True):
    """A process that an operator started."""

    moment: int
    image: str
    line: str
    host: int
    known: bool = False


class Mail(Struct, frozen=True):
    """A message that was kept."""

    moment: int
    sender: str
    sender_name: str
    recipient: str
    subject: str
    body: str
    attachment: str = ""
    sample: str = ""
    origin: str = ""
    reply_to: str = ""


class Traces(Struct):
    """What one adversary left at one victim."""

    contacts: list[Contact] = field(default_factory=list)
    drops: list[Drop] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    mails: list[Mail] = field(default_factory=list)


class Finding(Struct, frozen=True):
    """A row of `findings.csv` that does not follow from a trace."""

    type: str
    value: str
    role: str
    first: int
    last: int
    comment: str = ""


class Theft(Struct, frozen=True):
    """Data seen leaving, in bytes."""

    category: str
    bytes: int


class Kit(Struct, frozen=True):
    """What the victim's sensors write: see `emit.network` and `emit.windows`."""

    network: str
    host: str
    gz: bool
    by_year: bool
    apache: bool


class Intrusion(Struct):
    """One breach.

    Attributes:
        number: Its place in the world's list; the id follows from it and says nothing about the group.
        foreign: What a second adversary left at the same victim: in the logs, never in the findings.
        quiet: From when to when the adversary stayed away before it came back; (0, 0) when it did not.
        skew: Seconds by which the clocks of the hosts are fast.
        popular: Benign destinations (numbers) that this victim's noise holds.
    """

    id: str
    number: int
    group: str | None
    subject: bool
    thin: bool
    first: int
    last: int
    open_start: bool
    open_end: bool
    victim: Victim
    kit: Kit
    own: Traces = field(default_factory=Traces)
    foreign: list[Traces] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    thefts: list[Theft] = field(default_factory=list)
    confusers: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    quiet: tuple[int, int] = (0, 0)
    skew: int = 0
    popular: list[int] = field(default_factory=list)
    broken: int = 0
    doubled: int = 0


def resting(member: Intrusion, first: int, last: int) -> bool:
    """Whether an interval touches the time in which the adversary stayed away."""
    return first < member.quiet[1] and last > member.quiet[0]


def awake(member: Intrusion, moment: int) -> int:
    """The moment, or one soon after the adversary came back."""
    if not resting(member, moment, moment + 1):
        return moment
    return member.quiet[1] + (moment - member.quiet[0]) % (10 * 86_400)


class Login(Struct, frozen=True):
    """An operator at a hop."""

    moment: int
    client: str
    country: str
    layout: str
    machine: str
    account: str
    minutes: int


class Relay(Struct, frozen=True):
    """An instance of HTRAN on a hop; `traces` of command, error."""

    moment: int
    origin: str
    port: int
    program: str
    mode: str
    traces: tuple[str, ...]


class Hop(Struct):
    """A server that operators came through."""

    number: int
    id: str
    address: str
    country: str
    group: str
    clock: str
    skew: int
    layout_names: bool
    windows: str
    zeek: str
    listen: int
    first: int
    last: int
    logins: list[Login] = field(default_factory=list)
    relays: list[Relay] = field(default_factory=list)
    broken: int = 0


class Group(Struct):
    """An adversary."""

    id: str
    subject: bool
    nexus: str
    utc_offset: int
    agent: str
    members: list[int] = field(default_factory=list)
    registrants: list[Registrant] = field(default_factory=list)
    zones: list[Zone] = field(default_factory=list)
    servers: list[Server] = field(default_factory=list)
    resolutions: list[Resolution] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    families: list[Family] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    passwords: list[str] = field(default_factory=list)
    certificates: list[Certificate] = field(default_factory=list)
    handles: list[str] = field(default_factory=list)
    lures: list[tuple[str, str]] = field(default_factory=list)
    hops: list[Hop] = field(default_factory=list)


class Benign(Struct, frozen=True):
    """A destination that has nothing to do with anybody."""

    name: str
    address: str


class Planted(Struct, frozen=True):
    """A confuser and where it is."""

    kind: str
    what: str
    intrusions: list[str]
    groups: list[str] = field(default_factory=list)


class Listing(Struct, frozen=True):
    """A warning list of the world."""

    file: str
    name: str
    type: str
    attributes: list[str]
    values: list[str]


class Plan(Struct):
    """Everything that is true."""

    seed: int
    intrusions: list[Intrusion]
    groups: list[Group]
    hops: list[Hop]
    blocks: list[Block]
    popular: list[Benign]
    listings: list[Listing]
    planted: list[Planted]
    extra_zones: list[Zone]
    extra_resolutions: list[Resolution]
    tools: list[Sample]
    public: list[Family]
